import fc from "fast-check";
import { expect, test } from "vitest";
import { SentenceCutter } from "./sentences";

function speak(text: string, steps: number[]): string[] {
  const cutter = new SentenceCutter();
  const spoken = steps
    .map((step) => step % (text.length + 1))
    .sort((a, b) => a - b)
    .flatMap((end) => cutter.next(text.slice(0, end), false));
  return [...spoken, ...cutter.next(text, true)];
}

test("each sentence is spoken when it is whole", () => {
  const cutter = new SentenceCutter();
  expect(cutter.next("Hello the", false)).toEqual([]);
  expect(cutter.next("Hello there. How", false)).toEqual(["Hello there."]);
  expect(cutter.next("Hello there. How are you? I am", false)).toEqual(["How are you?"]);
  expect(cutter.next("Hello there. How are you? I am fine", true)).toEqual(["I am fine"]);
  expect(cutter.next("Hello there. How are you? I am fine", true)).toEqual([]);
});

test.each([
  ["It costs £4.95 today. Yes.", ["It costs £4.95 today.", "Yes."]],
  ["“Really?” she said.\nThen a list", ["“Really?”", "she said.", "Then a list"]],
  ["你好。 再见。", ["你好。", "再见。"]],
  ["", []],
])("%j", (text, sentences) => {
  expect(speak(text, [])).toEqual(sentences);
});

test("nothing is left out or said twice, however the text arrives", () => {
  const piece = fc.constantFrom("word", ". ", "! ", "?\n", " ", "3.5", "\n\n", "…", '"');
  const text = fc.array(piece).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, fc.array(fc.nat()), (whole, steps) => {
      const said = speak(whole, steps).join("").replace(/\s/g, "");
      expect(said).toBe(whole.replace(/\s/g, ""));
    }),
  );
});
