// The page's files: scripts that call `keyfill.part` with a record, and the arrays in it.
"use strict";

{
  const waiting = new Map();

  // Records call this; which of them it is, the script that was asked for knows.
  keyfill.part = record => waiting.get(document.currentScript)?.(record);

  keyfill.load = place => new Promise((told, failed) => {
    const script = document.createElement("script");
    waiting.set(script, told);
    script.src = place;
    script.onload = () => { waiting.delete(script); script.remove(); };
    script.onerror = () => { script.onload(); failed(new Error(`${place} is not there: write the page again.`)); };
    document.head.append(script);
  });

  const fromBase64 = text => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const held = atob(text), bytes = new Uint8Array(held.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = held.charCodeAt(i);
    return bytes;
  };

  keyfill.bytes = async text => {
    const flow = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(flow).arrayBuffer());
  };

  keyfill.floats = async text => new Float32Array((await keyfill.bytes(text)).buffer);

  // Numbers of 16 bits: a plane of high bytes, one of low ones.
  keyfill.words = async text => {
    const bytes = await keyfill.bytes(text), count = bytes.length / 2, words = new Uint16Array(count);
    for (let i = 0; i < count; i++) words[i] = bytes[i] << 8 | bytes[count + i];
    return words;
  };

  // Half floats, none negative, as numbers: a table of all.
  keyfill.half = new Float32Array(0x8000);
  for (let word = 0; word < 0x8000; word++) {
    const power = word >> 10, part = word & 0x3ff;
    keyfill.half[word] = power === 0 ? part * 2 ** -24 : power === 31 ? 65504 : (1 + part / 1024) * 2 ** (power - 15);
  }

  keyfill.halves = async (text, scale = 1) => Float32Array.from(await keyfill.words(text), word => keyfill.half[word] * scale);
}
