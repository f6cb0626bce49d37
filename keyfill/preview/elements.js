// Making elements: what the other scripts build the page from.
"use strict";

keyfill.make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

keyfill.draw = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// Fonts of small systems lack the signs of a player.
keyfill.icon = name => {
  const paths = { play: "M4 2l10 6-10 6z", pause: "M3 2h4v12H3zM9 2h4v12H9z", back: "M12 2v12L5 8zM3 2h2v12H3z", next: "M4 2v12l7-6zM11 2h2v12h-2z" };
  return keyfill.draw("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, keyfill.draw("path", { d: paths[name] }));
};

keyfill.colours = { "source": "#c80", "as it came": "#c80", "degraded source": "#a55ad0", "target": "#0a6" };
keyfill.colour = name => keyfill.colours[name] || "#888";
keyfill.rounded = value => typeof value !== "number" ? String(value) : Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
