/** What keeps the repository true: links, titles, header comments, error codes and left-overs. */

import { readFileSync, existsSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** Tracked files and new ones that are not ignored, so that the test says the same before and after a commit. */
function listFiles(): string[] {
  const options = ["ls-files", "--cached", "--others", "--exclude-standard"];
  return execFileSync("git", options, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(root, file)));
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

const files = listFiles();
const markdown = files.filter((file) => file.endsWith(".md"));
const sources = files.filter((file) => /^(src|sandbox|test|bench)\/.*\.ts$/.test(file));
const code = sources.filter((file) => !file.endsWith(".test.ts"));

/** Codes of Node.js and undici, which ours are translated from. */
const notOurs = /^(E[A-Z]+|EAI_AGAIN|ERR_.*|UND_ERR_.*|HPE_.*|FST_.*|DEBRIEF_CONFIG)$/;

describe("documents", () => {
  it.each(markdown.filter((file) => !file.startsWith("templates/")))("%s has one title", (file) => {
    const text = read(file).replaceAll(/^```[\s\S]*?^```/gm, "");
    expect(text.match(/^# .+$/gm)).toHaveLength(1);
  });

  it.each(markdown.filter((file) => !file.startsWith("templates/")))(
    "%s links to what exists",
    (file) => {
      const links = [...read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)];
      const dead = links
        .map(([, target]) => target ?? "")
        .filter((target) => !existsSync(join(root, dirname(file), target)));
      expect(dead).toEqual([]);
    },
  );
});

describe("sources", () => {
  it.each(code)("%s opens with what it is for", (file) => {
    expect(
      read(file)
        .replace(/^#!.*\n/, "")
        .trimStart(),
    ).toMatch(/^\/\*\*|^\/\//);
  });

  it.each(code)("%s leaves nothing for later", (file) => {
    expect(read(file)).not.toMatch(/\b(TODO|FIXME|XXX)\b/);
  });

  it.each(code.filter((file) => file.startsWith("src/domain/")))("%s reads no clock", (file) => {
    expect(read(file)).not.toMatch(/new Date\(\)|Date\.now|Math\.random|performance\./);
  });
});

describe("error codes", () => {
  const operations = read("docs/operations.md");
  const settings = new Set(
    [...read(".env.example").matchAll(/^#?\s*([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name ?? ""),
  );
  const literal = /["'`]((?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+)["'`]/g;
  const codes = new Set(
    code
      .filter((file) => file.startsWith("src/"))
      .flatMap((file) => [...read(file).matchAll(literal)].map(([, name]) => name ?? ""))
      .filter((name) => !settings.has(name.replace(/_FILE$/, "")) && !notOurs.test(name)),
  );

  it.each([...codes])("%s is explained in docs/operations.md", (name) => {
    expect(operations).toMatch(new RegExp(`^### ${name}$`, "m"));
  });

  it("explains no code that does not exist", () => {
    const explained = [...operations.matchAll(/^### ([A-Z0-9_]+)$/gm)].map(
      ([, name]) => name ?? "",
    );
    const everything = code.map(read).join("\n");
    expect(explained.filter((name) => !everything.includes(name))).toEqual([]);
  });
});
