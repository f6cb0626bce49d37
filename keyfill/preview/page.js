// The page: which clips, in what order, fifty at a time. What is chosen is kept in the address, so that it can be sent.
"use strict";

{
  const { make, set, rounded } = keyfill;
  const EACH = 50;
  const $ = id => document.getElementById(id);
  const facts = new Map(set.facts.map(fact => [fact.name, fact]));
  const pictures = [...new Set(set.pictures.values.flat())].map(number => set.pictures.words[number]);
  const has = name => pictures.includes(name);
  const looks = {
    view: "side", hidden: new Set(), speed: 1, playing: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    left: ["degraded source", "source", "as it came"].find(has) || pictures[0], right: ["target", "person and face"].find(has) || pictures[1],
  };
  const usual = { ...looks };
  const chosen = new Map();
  let sort = "key", down = false, page = 0, order = [], cards = [];

  const said = fact => clip => { const value = fact.values[clip]; return value === null ? "" : fact.words ? value.map(number => fact.words[number]).join(", ") : rounded(value); };
  const texts = set.keys.map((key, clip) => [key, ...set.facts.filter(fact => fact.words).map(fact => said(fact)(clip))].join(" ").toLowerCase());

  const watcher = new IntersectionObserver(entries => entries.forEach(({ target, isIntersecting }) => {
    const card = cards.find(one => one.root === target);
    if (card) isIntersecting ? card.near() : card.far();
  }), { rootMargin: "300px" });

  // The clips that are asked for; `but`: whatever is chosen of this fact.
  function found(but) {
    const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const named = [...chosen].filter(([name]) => name !== but).map(([name, word]) => [facts.get(name), facts.get(name).words.indexOf(word)]);
    return set.keys.map((_, clip) => clip).filter(clip => words.every(word => texts[clip].includes(word)) && named.every(([fact, number]) => fact.values[clip]?.includes(number)));
  }

  function select() {
    order = found();
    const fact = facts.get(sort), turned = down ? -1 : 1;
    if (!fact) { if (down) order.reverse(); return; }
    const value = fact.words ? clip => fact.values[clip] === null ? null : said(fact)(clip) : clip => fact.values[clip];
    // What is not known comes last, either way round.
    order.sort((a, b) => { const x = value(a), y = value(b); return x === null || y === null ? (x === null) - (y === null) : (x < y ? -turned : x > y ? turned : a - b); });
  }

  function show() {
    const pages = Math.max(1, Math.ceil(order.length / EACH));
    page = Math.min(page, pages - 1);
    for (const card of cards) { watcher.unobserve(card.root); card.far(); }
    const fact = facts.get(sort);
    cards = order.slice(page * EACH, (page + 1) * EACH).map(clip => new keyfill.Card(set, clip, looks, fact && sort !== "split" ? `${sort}: ${said(fact)(clip) || "not known"}` : ""));
    $("cards").replaceChildren(...cards.map(card => card.root));
    if (!cards.length) $("cards").append(make("p", { class: "none" }, "No clip is like that."));
    for (const card of cards) watcher.observe(card.root);
    for (const nav of document.querySelectorAll(".pages")) turner(nav, pages);
    remember();
  }

  function turner(nav, pages) {
    const go = number => { page = number; show(); document.querySelector(".pages").scrollIntoView(); };
    const count = order.length === set.keys.length ? "" : ` of ${set.keys.length} in the set`;
    const first = Math.min(order.length, page * EACH + 1), last = Math.min(order.length, (page + 1) * EACH);
    const where = make("span", { class: "where" }, order.length === 0 ? "0 clips" : pages === 1 ? `${order.length} clips${count}` : `clips ${first} to ${last} of ${order.length}${count && `, ${set.keys.length} in the set`}`);
    if (pages === 1) return nav.replaceChildren(where);
    const step = (text, number, able) => { const button = make("button", { type: "button", class: text }, text); button.disabled = !able; button.onclick = () => go(number); return button; };
    const list = make("select", { "aria-label": "page" }, ...Array.from({ length: pages }, (_, i) => make("option", { value: i }, `page ${i + 1} of ${pages}`)));
    list.value = page;
    list.onchange = () => go(Number(list.value));
    nav.replaceChildren(step("previous", page - 1, page > 0), list, step("next", page + 1, page < pages - 1), where);
  }

  function choose(name, word) {
    if (word === null) chosen.delete(name); else chosen.set(name, word);
    update();
  }

  function update(keepPage = false) {
    if (!keepPage) page = 0;
    select();
    $("charts").replaceChildren(...keyfill.setCharts(set, found, chosen, choose));
    $("chosen").replaceChildren(...[...chosen].map(([name, word]) => { const button = make("button", { type: "button", class: "chip", title: "show all again" }, `${name}: ${word} \u00d7`); button.onclick = () => choose(name, null); return button; }));
    $("turn").textContent = down ? "high to low" : "low to high";
    if (facts.get(sort)?.words || sort === "key") $("turn").textContent = down ? "z to a" : "a to z";
    show();
  }

  function arrange() {
    $("wiped").hidden = looks.view !== "wipe";
    $("which").hidden = looks.view === "wipe";
    $("cards").className = looks.view;
    for (const card of cards) { card.player.arrange(); card.move(); }
    remember();
  }

  const playAll = playing => {
    looks.playing = playing;
    $("play").textContent = playing ? "pause all" : "play all";
    for (const card of cards) card.player.hold(undefined);
  };

  function remember() {
    const now = new URLSearchParams();
    const put = (name, value, usual) => { if (value !== usual) now.set(name, value); };
    put("find", $("find").value, ""); put("sort", sort, "key"); put("down", String(down), "false"); put("page", String(page + 1), "1");
    put("view", looks.view, "side"); put("speed", String(looks.speed), "1"); put("left", looks.left, usual.left); put("right", looks.right, usual.right);
    put("hide", [...looks.hidden].join(","), "");
    for (const [name, word] of chosen) now.append("only", `${name}=${word}`);
    history.replaceState(null, "", `#${now}`);
  }

  function recall() {
    const then = new URLSearchParams(location.hash.slice(1));
    $("find").value = then.get("find") || "";
    sort = facts.has(then.get("sort")) ? then.get("sort") : "key";
    down = then.get("down") === "true";
    page = Math.max(0, (parseInt(then.get("page"), 10) || 1) - 1);
    looks.view = ["small", "wipe"].find(view => view === then.get("view")) || "side";
    looks.speed = [...$("speed").options].map(option => Number(option.value)).find(speed => speed === Number(then.get("speed"))) || 1;
    for (const side of ["left", "right"]) if (has(then.get(side))) looks[side] = then.get(side);
    looks.hidden = new Set((then.get("hide") || "").split(",").filter(has));
    for (const text of then.getAll("only")) { const [name, ...word] = text.split("="); if (facts.get(name)?.words?.includes(word.join("="))) chosen.set(name, word.join("=")); }
  }

  recall();
  const option = name => make("option", { value: name }, name);
  $("folder").textContent = `${set.folder}${set.keys.length < set.total ? `, the first ${set.keys.length} of ${set.total} clips` : ""}`;
  // A fact that all clips share, or that has several words a clip, puts nothing in order.
  $("sort").append(option("key"), ...set.facts.filter(fact => new Set(fact.values.map(String)).size > 1 && !fact.values.some(value => fact.words && value?.length > 1)).map(fact => option(fact.name)));
  for (const side of ["left", "right"]) { $(side).append(...pictures.map(option)); $(side).value = looks[side]; $(side).onchange = event => { looks[side] = event.target.value; arrange(); }; }
  if (pictures.length < 2) $("view").parentElement.hidden = true;
  $("which").append(...pictures.map(name => {
    const box = make("input", { type: "checkbox" });
    box.checked = !looks.hidden.has(name);
    box.onchange = () => { if (box.checked) looks.hidden.delete(name); else looks.hidden.add(name); arrange(); };
    return make("label", {}, box, ` ${name}`);
  }));
  $("sort").value = sort; $("view").value = looks.view; $("speed").value = String(looks.speed);
  $("find").oninput = () => update();
  $("sort").onchange = event => { sort = event.target.value; update(); };
  $("turn").onclick = () => { down = !down; update(); };
  $("view").onchange = event => { looks.view = event.target.value; arrange(); };
  $("cards").onclick = event => {
    const article = event.target.closest("article");
    if (looks.view !== "small" || !article) return;
    $("view").value = looks.view = "side";
    arrange();
    article.scrollIntoView();
  };
  $("speed").onchange = event => { looks.speed = Number(event.target.value); for (const card of cards) card.player.go(); remember(); };
  $("play").onclick = () => playAll(!looks.playing);
  $("set").open = innerWidth >= 700;
  update(true);
  arrange();
  playAll(looks.playing);
}
