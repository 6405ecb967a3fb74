import { describe, expect, test } from "vitest";
import { ar } from "./ar";
import { callWords, wordsFor } from "./calls";
import { componentWords, wordsFor as wordsForComponents } from "./components";
import { de } from "./de";
import { en, type Strings } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { fill, loadLocale } from "./index";
import { peopleWords, wordsFor as wordsForPeople } from "./people";

const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
const keys = Object.keys(en) as (keyof Strings)[];

describe.each(Object.entries({ ar, de, es, fr }))("%s", (_, strings) => {
  test.each(keys)("says %s with the same places to fill", (key) => {
    expect(strings[key].trim()).not.toBe("");
    expect(places(strings[key])).toEqual(places(en[key]));
  });
});

test("calls of tools have their words in each language, and English ones elsewhere", () => {
  const languages = Object.keys(callWords);
  expect(languages.sort()).toEqual(["ar", "de", "en", "es", "fr"]);
  const said = languages.map((tag) => Object.values(wordsFor(tag)));
  for (const texts of said) expect(new Set(texts).size).toBe(texts.length);
  expect(said.flat().every((text) => text.trim() !== "")).toBe(true);
  const questions = languages.map((tag) => wordsFor(tag).mayI);
  expect(new Set(questions).size).toBe(languages.length);
  expect(wordsFor("ja")).toBe(wordsFor("en"));
});

test("components have their words in each language, and English ones elsewhere", () => {
  const languages = Object.keys(componentWords);
  expect(languages.sort()).toEqual(["ar", "de", "en", "es", "fr"]);
  for (const words of Object.values(componentWords)) {
    expect(Object.values(words).every((text) => text.trim() !== "")).toBe(true);
    expect(places(words.picture)).toEqual(["{host}"]);
  }
  const sent = languages.map((tag) => wordsForComponents(tag).sent);
  expect(new Set(sent).size).toBe(languages.length);
  expect(wordsForComponents("ja")).toBe(wordsForComponents("en"));
});

test("what is said of people has its words in each language, and English ones elsewhere", () => {
  const languages = Object.keys(peopleWords);
  expect(languages.sort()).toEqual(["ar", "de", "en", "es", "fr"]);
  const english = Object.entries(wordsForPeople("en"));
  for (const words of languages.map(wordsForPeople)) {
    for (const [key, text] of english) {
      const said = words[key as keyof typeof words];
      expect(said.trim()).not.toBe("");
      expect(places(said)).toEqual(places(text));
    }
  }
  const asked = languages.map((tag) => wordsForPeople(tag).ask);
  expect(new Set(asked).size).toBe(languages.length);
  expect(wordsForPeople("ja")).toBe(wordsForPeople("en"));
});

test.each([
  ["de-AT", "de", "ltr"],
  ["AR", "ar", "rtl"],
  ["ja", "en", "ltr"],
  ["", "en", "ltr"],
])("%j is answered in %s", async (tag, language, dir) => {
  expect(await loadLocale(tag)).toMatchObject({ tag: language, dir });
});

test("places are filled by name, and unknown ones stay", () => {
  expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
});
