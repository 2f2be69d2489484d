/** The documents on configuration say what the code reads, both ways. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { settings } from "../src/config/settings.ts";
import { refreshAfter, timings } from "../src/config/timing.ts";

const root = join(import.meta.dirname, "..");
const document = readFileSync(join(root, "docs/configuration.md"), "utf8");
const example = readFileSync(join(root, ".env.example"), "utf8");

/** Rows of a table whose first cell is code: name → cells. */
function tableRows(form: RegExp): Map<string, string> {
  return new Map([...document.matchAll(form)].map(([row, name]) => [name ?? "", row]));
}
const variables = tableRows(/^\| `([A-Z][A-Z0-9_]+)`.*$/gm);
const times = tableRows(/^\| `([a-z_]+_s)`.*$/gm);

function plain(text: string): string {
  return text.replaceAll(/[\s`\\|]+/g, " ").trim();
}

describe("docs/configuration.md", () => {
  it.each(Object.entries(settings))("explains %s as the code does", (name, setting) => {
    const row = variables.get(name) ?? "";
    expect(plain(row)).toContain(plain(setting.meaning));
    expect(row.includes("(secret)")).toBe("secret" in setting);
    expect(row).toContain("default" in setting ? `\`${setting.default}\`` : name);
  });

  it("explains no variable that the code does not read", () => {
    expect([...variables.keys()].filter((name) => !Object.hasOwn(settings, name))).toEqual([]);
  });

  it.each(Object.entries(timings))("gives %s with its default", (name, { seconds, meaning }) => {
    const row = times.get(name) ?? "";
    const [, , given, said] = row.split("|").map(plain);
    expect(given).toBe(String(seconds));
    expect(said).toBe(plain(meaning));
  });

  it("explains no time that the code does not read", () => {
    const known = [...Object.keys(timings), refreshAfter.name];
    expect([...times.keys()].filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe(".env.example", () => {
  const named = [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name ?? "");

  it("names every variable once, and no other", () => {
    expect(named.toSorted()).toEqual(Object.keys(settings).toSorted());
  });

  it("holds no secret", () => {
    const values = [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)];
    const secrets = Object.entries(settings).filter(([, setting]) => "secret" in setting);
    const filled = values.filter(
      ([, name, value]) =>
        secrets.some(([secret]) => secret === name) && value !== "" && name !== "STORE_URL",
    );
    expect(filled).toEqual([]);
  });
});
