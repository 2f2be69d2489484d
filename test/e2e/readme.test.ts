/** The README's commands do what it says, and no document names a command or a file that does not exist. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");

const Package = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = Package.parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

function read(document: string): string {
  return readFileSync(join(root, document), "utf8");
}

/** The lines of a document's shell blocks, commands joined by && apart. */
function shellCommands(text: string): string[] {
  return [...text.matchAll(/^```(?:sh|bash|shell)\n([\s\S]*?)^```/gmu)]
    .flatMap(([, block = ""]) => block.replaceAll("\\\n", " ").split(/\n|&&/u))
    .map((line) => line.replace(/\s#\s.*$/u, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** What npm is told to run, in shell blocks and in `code`. */
function npmScripts(text: string): string[] {
  const inline = [...text.matchAll(/`([^`\n]+)`/gu)].flatMap(([, one = ""]) => one.split("&&"));
  return [...shellCommands(text), ...inline].flatMap((command) => {
    const found = /^\s*npm (?:run (?!…)|(?!run\b))([a-z][\w:-]*)/u.exec(command)?.[1];
    const isNpmsOwn = ["install", "ci", "audit", "ls"].includes(found ?? "");
    return found === undefined || isNpmsOwn ? [] : [found];
  });
}

/** Runs a command of the README with the shell, as a reader would. */
async function run(command: string): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn("sh", ["-c", command], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode ?? -1, said };
}

describe("README.md", () => {
  const readme = read("README.md");
  const commands = shellCommands(readme);

  it("shows how to try it, with commands of npm alone", () => {
    expect(commands).toEqual(expect.arrayContaining(["npm install", "npm run demo", "npm test"]));
    expect(commands.filter((command) => !command.startsWith("npm "))).toEqual([]);
    expect(readme).toContain("`npm run demo -- --once`");
  });

  it("tells the truth about `npm run demo -- --once`: it plays an incident and its action items to the last, checks them and exits 0", async () => {
    const { code, said } = await run("npm run demo -- --once");
    expect([code, code === 0 ? "" : said]).toEqual([0, ""]);
    expect(said).toMatch(/^All \d+ checks hold\./mu);
    expect(said).not.toContain("FAIL");
    for (const what of [
      "exactly one page stands for the incident",
      "each row has exactly one issue, and its link",
      "every row is Done",
      "every issue is Done",
      "nothing is written for",
    ]) {
      expect(said).toMatch(new RegExp(`^ {2}ok .*${what}`, "mu"));
    }
  }, 120_000);
});

describe.each(documents)("%s", (document) => {
  it("names only commands that package.json has", () => {
    const missing = npmScripts(read(document)).filter((name) => !Object.hasOwn(scripts, name));
    expect(missing).toEqual([]);
  });

  it("links only to files that exist", () => {
    const targets = [...read(document).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/gu)];
    const dead = targets
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(join(root, dirname(document), target)));
    expect(dead).toEqual([]);
  });
});

describe("package.json", () => {
  it("runs only files that exist", () => {
    const files = Object.values(scripts).flatMap((script) => script.match(/\S+\.ts\b/gu) ?? []);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
