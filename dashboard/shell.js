// Declares the language that the address names, and puts Streamlit's own words into it. See shell.py.
(() => {
  const told = JSON.parse(document.getElementById("simanta").textContent);
  const ATTRIBUTES = ["aria-label", "title", "placeholder", "alt"];
  const NAMES = Object.entries(told.names);
  const known = new WeakMap(); // a node: for its text or each attribute, what Streamlit wrote and what stands there
  const patterns = Object.fromEntries(Object.entries(told.words).map(([code, words]) => [code, Object.entries(words)
    .filter(([english]) => english.includes("{}"))
    .map(([english, ours]) => [new RegExp("^" + english.replace("{}", "(.+)") + "$"), ours])]));

  const asked = () => {
    const code = new URLSearchParams(location.search).get("lang");
    return code && Object.hasOwn(told.names, code) ? code : told.language;
  };

  const said = (english, code) => {
    const bare = english.trim();
    if (!Object.hasOwn(told.words, code) || !bare) return english;
    const whole = told.words[code][bare];
    if (whole) return english.replace(bare, whole);
    const found = patterns[code].find(([pattern]) => pattern.test(bare));
    if (found) return found[1].replace("{}", bare.match(found[0])[1]);
    const [head] = bare.split(": ", 1); // "Fullscreen: what the table shows"
    return head !== bare && told.words[code][head] ? english.replace(head, told.words[code][head]) : english;
  };

  const put = (node, name, now, write) => {
    if (!now) return;
    const before = known.get(node)?.[name];
    const english = before && before.ours === now ? before.english : now;
    const ours = said(english, language);
    if (ours !== english) known.set(node, { ...known.get(node), [name]: { english, ours } });
    if (ours !== now) write(ours);
  };

  const text = (node) => {
    put(node, "", node.nodeValue, (ours) => { node.nodeValue = ours; });
    const own = NAMES.find(([code, name]) => name === node.nodeValue && code !== language);
    if (own) node.parentElement.lang = own[0]; // the name of another language is in that language
  };

  const attributes = (element) => ATTRIBUTES.forEach((name) =>
    put(element, name, element.getAttribute(name), (ours) => element.setAttribute(name, ours)));

  const speak = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return text(root);
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    attributes(root);
    root.querySelectorAll(ATTRIBUTES.map((name) => `[${name}]`).join()).forEach(attributes);
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) text(texts.currentNode);
  };

  // Once Streamlit has asked for all that it needs to begin with, while the server works the page out.
  const fetchAhead = () => {
    if (!document.querySelector("[data-testid=stApp]")) return setTimeout(fetchAhead, 50);
    for (const name of told.ahead) {
      const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href: `./static/js/${name}` });
      link.fetchPriority = "low";
      document.head.append(link);
    }
  };
  fetchAhead();

  let language = asked();
  new MutationObserver((changes) => {
    if (asked() !== language) {
      language = asked();
      document.documentElement.lang = language;
      speak(document.body);
      return;
    }
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(speak);
      else if (change.type === "attributes") attributes(change.target);
      else text(change.target);
    }
  }).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
  speak(document.body); // what Streamlit drew before this began, where its own scripts were at hand first
})();
