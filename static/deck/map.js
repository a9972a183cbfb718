// The map of a page, and its playback: draws a deck.gl spec, fits it to its frame, tells Python what was clicked.
//
// data: gzipped JSON of dashboard/components/maps.py:
//   layers  deck.gl layers as JSON: "@@type" names a class, "@@=field" reads a field of a row
//   fit     [west, south, east, north] in degrees, or the codes of the districts to hold
//   groups  [{name, layers}], what can be switched off, by ids of layers
//   chosen  what is selected now, or null
//   words   the buttons in the page's language;  alt: what the map shows;  height: of the picture in pixels
//   frames  for a playback: [{name, note, said}], with the words to play, and where to begin
// Nothing is fetched but the files beside this one and the outlines under /app/static/map.

import { fitted, sketch } from "./sketch.js";

const [CELLS, WEBGL] = ["h3-js-4.5.0.umd.js", "deck.gl-9.4.0.min.js"];
const DISTRICTS = "/app/static/map/districts.geojson";
const COUNTRY_ZOOM = 5.68; // at which the hatch has the scale that its spec gives
const NEAREST = 9.5; // a single cell is not drawn larger than this zoom makes it
const REST_AFTER_MS = 1000; // a map draws no more frames when nothing happened for so long
const FRAME_MS = [1600, 800, 400, 200]; // one step of a playback, at its four speeds
const still = matchMedia("(prefers-reduced-motion: reduce)");
const living = new WeakMap();
let cells, webgl, districts;

export default async function ({ data, parentElement, setStateValue, setTriggerValue }) {
  cells ??= script(CELLS);
  const told = await unpacked(data);
  await cells;
  if (!living.has(parentElement)) living.set(parentElement, new Picture(parentElement));
  const picture = living.get(parentElement);
  picture.pick = (place) => setTriggerValue("picked", place);
  picture.stand = (frame) => setStateValue("frame", frame);
  await picture.show(told);
  return () => {
    picture.close();
    living.delete(parentElement);
  };
}

function script(name) {
  return new Promise((done, failed) => {
    const element = document.createElement("script");
    element.src = new URL(name, import.meta.url).href;
    element.onload = done;
    element.onerror = () => failed(new Error(`${name} did not load`));
    document.head.append(element);
  });
}

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** A map in its frame, from the first draw until the page closes it. */
class Picture {
  constructor(root) {
    this.frame = make(root, "div", "frame", { role: "figure" });
    this.canvas = make(this.frame, "div", "canvas");
    this.tip = make(this.frame, "div", "tip", { hidden: "" });
    this.tools = make(this.frame, "div", "tools");
    this.off = new Set();
    this.isMoved = false;
    this.frame.project = (at) => this.deck.getViewports()[0].project(at);
    this.canvas.addEventListener("pointerdown", (event) => (this.pressed = [event.clientX, event.clientY]));
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("pointerleave", () => (this.tip.hidden = true));
    for (const what of ["pointermove", "pointerdown", "wheel", "keydown"])
      this.canvas.addEventListener(what, () => this.wake(), { capture: true, passive: true });
    this.sized = new ResizeObserver(() => (this.isMoved ? this.wake() : this.home()));
    this.still = make(this.canvas, "canvas", "still", { "aria-hidden": "true" });
  }

  async show(told) {
    this.told = told;
    this.frame.setAttribute("aria-label", told.alt);
    this.canvas.style.height = `${told.height}px`;
    const fit = JSON.stringify(told.fit);
    const isElsewhere = fit !== this.fit;
    if (isElsewhere) {
      this.bounds = await boundsOf(told.fit);
      this.isCountry = typeof told.fit[0] === "number";
      this.fit = fit;
      this.isMoved = false;
    }
    await (this.begun ??= this.begin());
    if (!this.deck) return; // the page was left meanwhile
    this.furnish();
    if (isElsewhere) this.home();
    told.frames ? (this.player ??= new Player(this)).show(told) : this.draw();
  }

  async begin() {
    await new Promise((done) => (this.canvas.clientWidth ? done() : this.whenWide(done)));
    await this.sketch();
    await (webgl ??= script(WEBGL));
    if (!this.frame.isConnected) return;
    this.deck = new deck.Deck({
      parent: this.canvas,
      views: new deck.MapView({ repeat: false }),
      controller: { dragRotate: false, touchRotate: false, keyboard: { rotateSpeedX: 0, rotateSpeedY: 0 } },
      viewState: this.fitted(),
      touchAction: "pan-y", // a finger that moves up and down scrolls the page
      getCursor: ({ isDragging, isHovering }) => (isDragging ? "grabbing" : isHovering ? "pointer" : "grab"),
      onViewStateChange: ({ viewState, interactionState: now }) => {
        if (now.isDragging || now.isPanning || now.isZooming) this.isMoved = true;
        this.move({ ...viewState, pitch: 0, bearing: 0 });
      },
      onHover: (info) => this.hover(info),
      layers: [],
    });
    this.sized.observe(this.canvas);
  }

  /** The picture as it will stand, at once; a playback's shows what is not filtered by its frames. */
  async sketch() {
    const view = this.fitted();
    const seen = this.told.layers.filter((one) => isSeen(one, view.zoom) && !one.getFilterValue);
    await sketch(this.still, seen, view, read).catch((fault) => console.error(fault)); // WebGL may still do it
    await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
    this.frame.dataset.sketched = Math.round(performance.now()); // ms since the address was entered
  }

  whenWide(done) {
    const once = new ResizeObserver(() => this.canvas.clientWidth && (once.disconnect(), done()));
    once.observe(this.canvas);
  }

  /** deck.gl does not always draw what came last, a picture of names say: once all is there, all is drawn again. */
  settle() {
    clearTimeout(this.waiting);
    if (this.deck.props.layers.every((layer) => layer.isLoaded)) {
      this.deck.redraw("all is loaded");
      this.frame.dataset.drawn = "yes";
      this.still.remove();
    } else this.waiting = setTimeout(() => this.settle(), 100);
    this.wake();
  }

  /** deck.gl asks for frame after frame, half a core's work where no graphics card draws: it rests when nothing happens. */
  wake() {
    clearTimeout(this.resting);
    if (!this.frame.dataset.drawn) return; // what has begun is not stopped before it was once drawn
    this.deck.animationLoop.start();
    this.resting = setTimeout(() => this.deck.animationLoop.stop(), REST_AFTER_MS);
  }

  /** The view that holds what is to be seen, whatever the frame's width. */
  fitted() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const padding = Math.round(Math.min(width, height) / (this.isCountry ? 40 : 12));
    const view = fitted(this.bounds, { width, height }, padding, NEAREST);
    return { ...view, minZoom: Math.min(1, view.zoom), maxZoom: 11, pitch: 0, bearing: 0 };
  }

  home() {
    this.isMoved = false;
    this.move(this.fitted());
  }

  closer(by) {
    this.isMoved = true;
    const zoom = Math.max(this.view.minZoom, Math.min(this.view.maxZoom, this.view.zoom + by));
    this.move({ ...this.view, zoom });
  }

  move(view) {
    const isOtherScale = Math.round(view.zoom) !== Math.round(this.view?.zoom);
    this.view = view;
    this.frame.dataset.zoom = view.zoom.toFixed(3);
    this.deck.setProps({ viewState: view });
    this.wake();
    if (isOtherScale && this.told) this.draw();
  }

  draw() {
    const hidden = this.told.groups.filter((group) => this.off.has(group.name)).flatMap((group) => group.layers);
    const zoom = this.view.zoom;
    const made = this.told.layers.filter((one) => isSeen(one, zoom)).map((one) => this.layer(one, hidden, zoom));
    this.deck.setProps({ layers: made });
    this.settle();
  }

  layer(spec, hidden, zoom) {
    const props = { visible: !hidden.includes(spec.id) };
    for (const [name, value] of Object.entries(spec)) if (!name.startsWith("@@")) props[name] = read(value);
    if (props.extensions) props.extensions = props.extensions.map(({ "@@type": type, ...options }) => extension(type, options));
    if (props.fillPatternAtlas) {
      props.getFillPatternScale *= 2 ** (COUNTRY_ZOOM - Math.round(zoom));
      props.updateTriggers = { getFillPatternScale: Math.round(zoom) };
    }
    if (spec.getFilterValue) props.filterRange = [this.at - 0.5, this.at + 0.5];
    return new deck[spec["@@type"]](props);
  }

  hover({ object, x, y }) {
    this.tip.hidden = !object?.tip;
    if (!object?.tip) return;
    this.tip.textContent = object.tip;
    const isRight = x > this.canvas.clientWidth / 2;
    this.tip.style.left = isRight ? "" : `${x + 12}px`;
    this.tip.style.right = isRight ? `${this.canvas.clientWidth - x + 12}px` : "";
    this.tip.style.top = `${Math.min(y + 8, this.canvas.clientHeight - this.tip.offsetHeight - 4)}px`;
  }

  // The browser's own click, since deck.gl takes a long press on a slow machine for none at all.
  click(event) {
    const [x, y] = this.pressed ?? [event.clientX, event.clientY];
    if (!this.told.chooses || Math.hypot(event.clientX - x, event.clientY - y) > 5) return;
    const box = this.canvas.getBoundingClientRect();
    const found = this.deck.pickObject({ x: event.clientX - box.left, y: event.clientY - box.top, radius: 3 });
    const place = found?.object?.sel ?? found?.object?.h ?? "";
    if (place !== (this.told.chosen ?? "")) this.pick(place);
  }

  /** Buttons and switches, made anew only where their words or groups changed, so that the focus stays. */
  furnish() {
    const { words, groups } = this.told;
    const told = JSON.stringify([words, groups]);
    if (told === this.furnished) return;
    this.furnished = told;
    const isOpen = this.tools.querySelector("details")?.open ?? false;
    this.tools.replaceChildren();
    button(this.tools, "home", "⌂", words.home, () => this.home());
    button(this.tools, "closer", "+", words.closer, () => this.closer(1));
    button(this.tools, "farther", "−", words.farther, () => this.closer(-1));
    const list = make(this.tools, "details", "layers");
    list.open = isOpen;
    make(list, "summary", "", { title: words.layers, "aria-label": words.layers }).textContent = "≡";
    for (const group of groups) this.switchOf(list, group);
  }

  switchOf(list, group) {
    const line = make(list, "label");
    const box = make(line, "input", "", { type: "checkbox" });
    box.checked = !this.off.has(group.name);
    box.onchange = () => {
      this.off[box.checked ? "delete" : "add"](group.name);
      this.draw();
    };
    line.append(group.name);
  }

  close() {
    clearTimeout(this.waiting);
    clearTimeout(this.resting);
    this.player?.close();
    this.sized.disconnect();
    this.deck?.finalize();
    this.frame.remove();
  }
}

/** Plays frames of one set of rows that lies on the graphics card: a step moves the bounds of a filter, no more. */
class Player {
  constructor(picture) {
    this.picture = picture;
    this.bar = make(picture.frame, "div", "player", { role: "group" });
    this.speed = 1;
    this.timer = null;
  }

  show(told) {
    const key = JSON.stringify([told.frames, told.words]);
    if (key !== this.key) {
      this.key = key;
      this.stop();
      this.first = Math.min(told.first, told.frames.length - 1);
      this.last = told.frames.length - 1;
      this.furnish(told);
      this.go(Math.max(0, Math.min(told.begin, this.last)));
    } else this.picture.draw();
  }

  furnish({ frames, words }) {
    this.bar.replaceChildren();
    this.bar.setAttribute("aria-label", words.player);
    this.now = make(this.bar, "output", "now", { "aria-live": "off" });
    const line = make(this.bar, "div", "line");
    button(line, "back", "‹", words.back, () => this.step(-1));
    this.playing = button(line, "play", "▶", words.play, () => (this.timer ? this.pause() : this.play()));
    button(line, "on", "›", words.on, () => this.step(1));
    this.slider = this.range(line, words.frame, frames, (at) => this.land(at));
    this.pace(line, words);
    const span = make(this.bar, "div", "line");
    this.from = this.choice(span, words.from, frames, this.first, (at) => this.within(at, Math.max(at, this.last)));
    this.to = this.choice(span, words.to, frames, this.last, (at) => this.within(Math.min(at, this.first), at));
    if (still.matches) make(this.bar, "small").textContent = words.still;
  }

  range(line, name, frames, then) {
    const box = make(line, "input", "", { type: "range", step: 1, "aria-label": name });
    box.oninput = () => this.go(Number(box.value));
    box.onchange = () => then(Number(box.value));
    return box;
  }

  choice(line, name, frames, chosen, then) {
    const label = make(line, "label");
    label.append(name, " ");
    const list = make(label, "select");
    frames.forEach((frame, at) => list.add(new Option(frame.name, at, false, at === chosen)));
    list.onchange = () => then(Number(list.value));
    return list;
  }

  pace(line, words) {
    const label = make(line, "label");
    label.append(words.speed, " ");
    const list = make(label, "select", "speed");
    words.speeds.forEach((name, at) => list.add(new Option(name, at, false, at === this.speed)));
    list.onchange = () => {
      this.speed = Number(list.value);
      if (this.timer) this.play();
    };
  }

  within(first, last) {
    [this.first, this.last] = [first, last];
    [this.from.value, this.to.value] = [first, last];
    this.land(Math.min(last, Math.max(first, this.at)));
  }

  /** Motion only where it is not declined: who prefers less of it has the steps. */
  play() {
    clearInterval(this.timer);
    if (still.matches) return this.step(1);
    if (this.at >= this.last) this.go(this.first);
    this.timer = setInterval(() => this.tick(), FRAME_MS[this.speed]);
    this.label();
  }

  /** It stops with the last frame and not a step later: whoever presses then wants it from the start. */
  tick() {
    if (this.at < this.last) this.go(this.at + 1);
    if (this.at >= this.last) this.pause();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  pause() {
    this.stop();
    this.land(this.at);
  }

  step(by) {
    this.stop();
    this.land(Math.min(this.last, Math.max(this.first, this.at + by)));
  }

  /** Stands still at a frame, and tells Python which. */
  land(at) {
    this.stop();
    this.go(at);
    if (at !== this.told) this.picture.stand(this.picture.told.frames[at].key);
    this.told = at;
  }

  go(at) {
    this.at = this.picture.at = at;
    this.label();
    this.picture.draw();
  }

  label() {
    const { frames, words } = this.picture.told;
    const { name, note } = frames[this.at];
    this.now.textContent = note ? `${name} · ${note}` : name;
    [this.slider.min, this.slider.max, this.slider.value] = [this.first, this.last, this.at];
    this.slider.setAttribute("aria-valuetext", this.now.textContent);
    this.playing.textContent = this.timer ? "❚❚" : "▶";
    this.playing.setAttribute("aria-label", this.timer ? words.pause : words.play);
    this.playing.title = this.timer ? words.pause : words.play;
    this.picture.frame.dataset.frame = frames[this.at].key;
  }

  close() {
    this.stop();
  }
}

function make(parent, tag, name = "", attributes = {}) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function button(parent, name, sign, words, press) {
  const element = make(parent, "button", name, { type: "button", title: words, "aria-label": words });
  element.textContent = sign;
  element.onclick = press;
  return element;
}

function isSeen(spec, zoom) {
  const [least, most] = spec["@@zoom"] ?? [0, 99];
  return least <= zoom && zoom < most;
}

/** A value of a spec: "@@=a.b" reads a field, "@@=a == 'x' ? [1] : [2]" tells two apart, "@@='x'" is always x. */
function read(value) {
  if (typeof value !== "string" || !value.startsWith("@@=")) return value;
  const rule = value.slice(3);
  const two = rule.match(/^([\w.]+) == '([^']*)' \? (.+) : (.+)$/);
  if (two) return (row) => JSON.parse(field(row, two[1]) === two[2] ? two[3] : two[4]);
  const always = rule.match(/^'(.*)'$/);
  return always ? () => always[1] : (row) => field(row, rule);
}

function field(row, path) {
  return path.split(".").reduce((found, name) => found?.[name], row);
}

const extensions = new Map();

/** One of each kind and options: a new one would make deck.gl compile its programs again. */
function extension(type, options) {
  const key = type + JSON.stringify(options);
  if (!extensions.has(key)) extensions.set(key, new deck[type](options));
  return extensions.get(key);
}

async function boundsOf(fit) {
  if (typeof fit[0] === "number") return fit;
  districts ??= fetch(DISTRICTS).then((answer) => answer.json());
  const shown = (await districts).features.filter((one) => fit.includes(one.properties.adm2));
  const points = shown.flatMap((one) => one.geometry.coordinates.flat(one.geometry.type === "Polygon" ? 1 : 2));
  const [lons, lats] = [points.map((at) => at[0]), points.map((at) => at[1])];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
