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

describe("documents", () => {
  it.each(markdown.filter((file) => !file.startsWith("templates/")))("%s has one title", (file) => {
    const text = read(file).replaceAll(/^```[\s\S]*?^```/gm, "");
    expect(text.match(/^# .+$/gm)).toHaveLength(1);
  });

  it.each(markdown)("%s links to what exists", (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)];
    const dead = links
      .map(([, target]) => target ?? "")
      .filter((target) => !existsSync(join(root, dirname(file), target)));
    expect(dead).toEqual([]);
  });
});

describe("sources", () => {
  it.each(sources)("%s opens with what it is for", (file) => {
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
  const operations = existsSync(join(root, "docs/operations.md")) ? read("docs/operations.md") : "";
  const codeForm = /["'`]((?:[A-Z][A-Z0-9]*_){1,}[A-Z0-9]+)["'`]/g;
  const thrown = new Set(
    code
      .filter((file) => file.startsWith("src/"))
      .flatMap((file) => errorCodes(read(file), codeForm)),
  );
  it.each([...thrown])("%s is explained in docs/operations.md", (name) => {
    expect(operations).toMatch(new RegExp(`^### \`?${name}\`?$`, "m"));
  });
  it("explains no code that does not exist", () => {
    const explained = [...operations.matchAll(/^### `?([A-Z0-9_]+)`?$/gm)].map(([, name]) => name);
    expect(explained.filter((name) => !thrown.has(name ?? ""))).toEqual([]);
  });
});

/** Codes are what is given to our errors: the first argument of TerminalError, or a `code:` property. */
function errorCodes(text: string, form: RegExp): string[] {
  const calls = [...text.matchAll(/TerminalError\(\s*["'`]([A-Z][A-Z0-9_]+)["'`]/g)];
  const properties = [...text.matchAll(/\bcode:\s*["'`]([A-Z][A-Z0-9]*_[A-Z0-9_]+)["'`]/g)];
  const constants = [...text.matchAll(/Codes?\b[^=\n]*=\s*([\s\S]*?);/g)].flatMap(([, body]) => [
    ...(body ?? "").matchAll(form),
  ]);
  return [...calls, ...properties, ...constants].map(([, name]) => name ?? "");
}
