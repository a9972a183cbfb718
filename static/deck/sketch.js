// What a map shows, in two dimensions: it stands until WebGL has made its programs, which takes seconds without a
// graphics card. It reads the same layers as deck.gl does; see map.js for their JSON.

const TILE_PX = 512; // of deck.gl's world at zoom 0
const HATCH = 0.25; // the scale of its picture, by eye as deck.gl has it where the whole country is seen

/** The view that holds [west, south, east, north], with a padding in pixels. */
export function fitted([west, south, east, north], { width, height }, padding, nearest) {
  const [low, high] = [world([west, south]), world([east, north])];
  const scale = Math.min((width - 2 * padding) / (high[0] - low[0]), (height - 2 * padding) / (low[1] - high[1]));
  const y = (low[1] + high[1]) / 2;
  const latitude = (360 / Math.PI) * Math.atan(Math.exp(Math.PI * (1 - (2 * y) / TILE_PX))) - 90;
  return { longitude: (west + east) / 2, latitude, zoom: Math.min(Math.log2(scale), nearest) };
}

/** Draws layers on a canvas that fills its parent, under what is there already. */
export async function sketch(canvas, layers, view, read) {
  const { clientWidth: width, clientHeight: height } = canvas.parentElement;
  const fine = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [width * fine, height * fine];
  const pen = canvas.getContext("2d");
  pen.scale(fine, fine);
  pen.lineJoin = pen.lineCap = "round";
  const [middle, scale] = [world([view.longitude, view.latitude]), 2 ** view.zoom];
  const at = (place) => world(place).map((each, i) => [width, height][i] / 2 + scale * (each - middle[i]));
  const told = await Promise.all(layers.map(async (layer) => ({ layer, rows: await rowsOf(layer), with: await pictures(layer) })));
  for (const { layer, rows, with: more } of told) {
    const of = (row, name) => {
      const value = read(layer[name]);
      return typeof value === "function" ? value(row) : value;
    };
    for (const row of rows) SHAPES[layer["@@type"]]?.(pen, at, row, of, layer, more);
  }
}

function world([lon, lat]) {
  const sine = Math.sin((Math.PI * lat) / 180);
  return [(TILE_PX * (lon + 180)) / 360, TILE_PX * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI))];
}

async function rowsOf({ data }) {
  const rows = typeof data === "string" ? await (await fetch(data)).json() : data;
  return rows.features ?? rows;
}

/** The pictures that a layer needs, in its colour: of names, or of a hatch. */
async function pictures({ fillPatternAtlas, getFillColor, iconAtlas, iconMapping, getColor }) {
  if (fillPatternAtlas) return tinted(fillPatternAtlas, getFillColor);
  if (!iconAtlas) return null;
  const [atlas, places] = await Promise.all([tinted(iconAtlas, getColor), fetch(iconMapping).then((answer) => answer.json())]);
  return { atlas, places };
}

async function tinted(address, colour) {
  const mask = await createImageBitmap(await (await fetch(address)).blob());
  const made = new OffscreenCanvas(mask.width, mask.height);
  const pen = made.getContext("2d");
  pen.drawImage(mask, 0, 0);
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = css(colour);
  pen.fillRect(0, 0, mask.width, mask.height);
  return made;
}

const SHAPES = {
  GeoJsonLayer(pen, at, row, of, { filled = true }) {
    const { type, coordinates } = row.geometry;
    const rings = (type === "MultiPolygon" ? coordinates : [coordinates]).flat();
    paint(pen, path(rings, at), filled && of(row, "getFillColor"), of(row, "stroked") && of(row, "getLineColor"), of(row, "getLineWidth"));
  },
  H3HexagonLayer(pen, at, row, of, { stroked }, hatch) {
    const outline = path([h3.cellToBoundary(of(row, "getHexagon"), true)], at);
    paint(pen, outline, hatch ? (hatch.pattern ??= hatched(pen, hatch)) : of(row, "getFillColor"), stroked && of(row, "getLineColor"), of(row, "getLineWidth"));
  },
  ScatterplotLayer(pen, at, row, of, { filled = true, stroked }) {
    const round = new Path2D();
    round.arc(...at(of(row, "getPosition")), of(row, "getRadius"), 0, 2 * Math.PI);
    paint(pen, round, filled && of(row, "getFillColor"), stroked && of(row, "getLineColor"), of(row, "getLineWidth"));
  },
  LineLayer(pen, at, row, of) {
    const line = path([[of(row, "getSourcePosition"), of(row, "getTargetPosition")]], at);
    paint(pen, line, null, of(row, "getColor"), of(row, "getWidth"));
  },
  PathLayer(pen, at, row, of) {
    paint(pen, path([of(row, "getPath")], at), null, of(row, "getColor"), of(row, "getWidth"));
  },
  IconLayer(pen, at, row, of, { getSize, getPixelOffset: [right, down] }, { atlas, places }) {
    const { x, y, width, height } = places[of(row, "getIcon")];
    const [size, [left, top]] = [getSize / height, at(of(row, "getPosition"))];
    pen.drawImage(atlas, x, y, width, height, left + right - (width * size) / 2, top + down - getSize / 2, width * size, getSize);
  },
};

function hatched(pen, picture) {
  const pattern = pen.createPattern(picture, "repeat");
  pattern.setTransform(new DOMMatrix([HATCH, 0, 0, HATCH, 0, 0]));
  return pattern;
}

function path(rings, at) {
  const drawn = new Path2D();
  for (const ring of rings) ring.forEach((place, i) => drawn[i ? "lineTo" : "moveTo"](...at(place)));
  return drawn;
}

function paint(pen, shape, fill, line, width) {
  if (fill) {
    pen.fillStyle = Array.isArray(fill) ? css(fill) : fill;
    pen.fill(shape, "evenodd");
  }
  if (line && width) {
    pen.strokeStyle = css(line);
    pen.lineWidth = width;
    pen.stroke(shape);
  }
}

function css([red, green, blue, alpha = 255]) {
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
}
