// The sum over the layers, in linear light, on the GPU (WebGL 2): one pass a picture, sRGB last.
"use strict";

{
  const CORNERS = `#version 300 es
    void main() { gl_Position = vec4(gl_VertexID == 1 ? 3. : -1., gl_VertexID == 2 ? 3. : -1., 0., 1.); }`;
  const SUM = `#version 300 es
    precision highp float; precision highp int; precision highp sampler2D; precision highp sampler2DArray;
    uniform sampler2DArray layers;
    uniform sampler2D matte, plate, weights;
    uniform ivec2 size;
    uniform ivec4 box;
    uniform int count;
    uniform float behind;
    out vec4 seen;
    void main() {
      ivec2 at = ivec2(int(gl_FragCoord.x), size.y - 1 - int(gl_FragCoord.y)), here = at - box.xy;
      vec3 light = vec3(0.);
      vec2 covered = vec2(0.);
      if (all(greaterThanEqual(here, ivec2(0))) && all(lessThan(at, box.zw))) {
        covered = texelFetch(matte, here, 0).rg;
        for (int i = 0; i < count; i++) {
          vec4 weight = texelFetch(weights, ivec2(i, 0), 0);
          vec3 on = mix(weight.rgb, texelFetch(weights, ivec2(i, 1), 0).rgb, covered.g);
          light += on * texelFetch(layers, ivec3(here, int(weight.a + .5)), 0).rgb;
        }
      }
      light = clamp(light + (1. - covered.r) * behind * texelFetch(plate, at, 0).rgb, 0., 1.);
      seen = vec4(mix(1.055 * pow(max(light, .0031308), vec3(1. / 2.4)) - .055, 12.92 * light, vec3(lessThanEqual(light, vec3(.0031308)))), 1.);
    }`;

  keyfill.Sums = class {
    // Throws an Error in words where the browser has no WebGL 2, or one that is too small.
    constructor(clip) {
      this.clip = clip;
      this.canvas = document.createElement("canvas");
      const [width, height] = clip.size, [x0, y0, x1, y1] = clip.box;
      Object.assign(this.canvas, { width, height });
      const gl = this.gl = this.canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
      if (!gl) throw new Error("This browser shows no WebGL 2, which adds the lights up here. Switch its hardware acceleration on, or take another browser.");
      const most = gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS);
      if (clip.lights.length > most) throw new Error(`This clip has ${clip.lights.length} lights; this browser's WebGL takes ${most} at once.`);
      const program = gl.createProgram();
      for (const [kind, text] of [[gl.VERTEX_SHADER, CORNERS], [gl.FRAGMENT_SHADER, SUM]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, text);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`This browser's WebGL cannot add the lights up: ${gl.getProgramInfoLog(program)}`);
      gl.useProgram(program);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      this.place = Object.fromEntries(["layers", "matte", "plate", "weights", "size", "box", "count", "behind"].map(name => [name, gl.getUniformLocation(program, name)]));
      ["layers", "matte", "plate", "weights"].forEach((name, unit) => {
        const kind = name === "layers" ? gl.TEXTURE_2D_ARRAY : gl.TEXTURE_2D;
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(kind, gl.createTexture());
        for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(kind, side, gl.NEAREST);
        for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(kind, side, gl.CLAMP_TO_EDGE);
        gl.uniform1i(this.place[name], unit);
      });
      gl.activeTexture(gl.TEXTURE0);
      gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGB16F, x1 - x0, y1 - y0, clip.lights.length);
      gl.uniform2i(this.place.size, width, height);
      gl.uniform4i(this.place.box, x0, y0, x1, y1);
    }

    // Half floats as they are stored; `things`: the share of `alpha` that is not the person.
    frame({ layers, alpha, things }) {
      const { gl, clip } = this, [x0, y0, x1, y1] = clip.box;
      gl.activeTexture(gl.TEXTURE0);
      gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, 0, x1 - x0, y1 - y0, clip.lights.length, gl.RGB, gl.HALF_FLOAT, layers);
      const matte = new Uint16Array(2 * alpha.length);
      alpha.forEach((word, pixel) => { matte[2 * pixel] = word; matte[2 * pixel + 1] = things[pixel]; });
      gl.activeTexture(gl.TEXTURE1);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG16F, x1 - x0, y1 - y0, 0, gl.RG, gl.HALF_FLOAT, matte);
    }

    plate(values) {
      const { gl } = this, [width, height] = this.clip.size;
      gl.activeTexture(gl.TEXTURE2);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB32F, width, height, 0, gl.RGB, gl.FLOAT, values);
    }

    // Three numbers a light, exposure included: `person` on the person, `room` on chair and desk, which are of the room;
    // `behind`: of the plate.
    draw(person, room, behind, canvas) {
      const { gl } = this, lights = [...Array(person.length / 3).keys()].filter(light => [0, 1, 2].some(c => person[3 * light + c] || room[3 * light + c]));
      const row = weights => lights.flatMap(light => [...weights.subarray(3 * light, 3 * light + 3), light]), count = lights.length;
      gl.activeTexture(gl.TEXTURE3);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, Math.max(1, count), 2, 0, gl.RGBA, gl.FLOAT, new Float32Array(count ? [...row(person), ...row(room)] : 8));
      gl.uniform1i(this.place.count, count);
      gl.uniform1f(this.place.behind, behind);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      canvas.getContext("2d").drawImage(this.canvas, 0, 0);
    }
  };
}
