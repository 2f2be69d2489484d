/** The documents on configuration say what the code reads, both ways. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jiraVariables, load } from "./support/configuration.ts";
import type { Config } from "../src/config.ts";
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

function loadExample(text: string): Config {
  const env = { ...jiraVariables, PAGERDUTY_SECRET_EU: "eu" };
  const files = { "./debrief.yaml": text, "/run/secrets/pagerduty-us": "us" };
  return load({ env, files });
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

describe("the examples of debrief.yaml", () => {
  const examples = [...document.matchAll(/```yaml\n([^`]+)```/g)].map(([, text]) => text ?? "");

  it.each(examples)("are accepted as they stand: %s", (text) => {
    expect(loadExample(text).routes.at(-1)?.name).toBe("default");
  });

  it("include one that says what holds without any", () => {
    const defaults = examples.filter((text) => text.includes("labels: []"));
    expect(defaults).toHaveLength(1);
    expect(loadExample(defaults[0] ?? "").routes).toEqual(loadExample("").routes);
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
