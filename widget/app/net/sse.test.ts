import fc from "fast-check";
import { expect, test } from "vitest";
import { type Frame, FrameDecoder } from "./sse";

const encoder = new TextEncoder();

function decodeWhole(text: string): Frame[] {
  return new FrameDecoder().push(encoder.encode(text));
}

function decodeCut(text: string, cuts: number[]): Frame[] {
  const bytes = encoder.encode(text);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const decoder = new FrameDecoder();
  let from = 0;
  return [...places, bytes.length].flatMap((to) => {
    const frames = decoder.push(bytes.subarray(from, to));
    from = to;
    return frames;
  });
}

const line = fc.oneof(
  fc.constantFrom("", "", ": ping", "data", "data:", "event: x", "retry: 5", "id"),
  fc.string({ unit: "grapheme" }).map((text) => `data: ${text.replace(/[\r\n]/g, "")}`),
  fc.nat().map((id) => `id: ${id}`),
);
const ending = fc.constantFrom("\n", "\r\n", "\r");
const stream = fc
  .array(fc.tuple(line, ending))
  .map((lines) => `${lines.map(([text, end]) => text + end).join("")}x`);

test("the frames do not depend on where the network cut the bytes", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (text, cuts) => {
      expect(decodeCut(text, cuts)).toEqual(decodeWhole(text));
    }),
    { numRuns: 500 },
  );
});

test("every frame that was written is read back", () => {
  const written = fc.array(fc.record({ id: fc.nat().map(String), value: fc.json() }));
  fc.assert(
    fc.property(written, (frames) => {
      const text = frames
        .map(({ id, value }) => `id: ${id}\ndata: ${value}\n\n: ping\n\n`)
        .join("");
      expect(decodeWhole(text)).toEqual(frames.map(({ id, value }) => ({ id, data: value })));
    }),
  );
});

test.each([
  ["data: a\n\n", [{ id: "", data: "a" }]],
  ["data:a\n\n", [{ id: "", data: "a" }]],
  ["data:  a\n\n", [{ id: "", data: " a" }]],
  ["data: a\ndata: b\n\n", [{ id: "", data: "a\nb" }]],
  [
    "id: 7\ndata: a\n\ndata: b\n\n",
    [
      { id: "7", data: "a" },
      { id: "7", data: "b" },
    ],
  ],
  [": ping\n\n", []],
  ["id: 3\n\n", []],
  ["data\n\n", [{ id: "", data: "" }]],
  ["data: unfinished\n", []],
])("%j", (text, frames) => {
  expect(decodeWhole(text)).toEqual(frames);
});
