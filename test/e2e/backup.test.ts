/** The backup commands: taken from a running service under load, restored, started on, and nothing is missing or twice. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectCompleteTimeline, ownNotes, untilWhole } from "../support/incidents.ts";
import { viewsOf } from "../support/pages.ts";
import { openWorld, type World } from "../support/world.ts";

const root = join(import.meta.dirname, "../..");

interface Ran {
  readonly code: number;
  readonly said: string;
}

let world: World;

beforeEach(async () => {
  world = await openWorld();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** Runs a command on the world's store (or another), as `npm run` does. */
async function run(command: string, args: readonly string[], storeUrl?: string): Promise<Ran> {
  const script = join(root, `src/commands/${command}.ts`);
  const child = spawn(process.execPath, [script, ...args], {
    cwd: world.directory,
    env: { STORE_URL: storeUrl ?? "file:./data" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode ?? -1, said };
}

function trigger(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    world.trigger({ title: `Outage ${String(index + 1)}`, priority: "P1" }),
  );
}

describe("npm run backup and npm run restore", () => {
  it("bring a store back that was saved under load: nothing missing, nothing twice", async () => {
    await world.start();
    const settled = trigger(2);
    for (const incident of settled) {
      await untilWhole(world, incident);
    }
    const during = trigger(8);
    const saved = await run("backup", ["saved.tar.gz"]);
    expect(saved).toEqual({ code: 0, said: expect.stringContaining("by the running service") });
    expect((await stat(join(world.directory, "saved.tar.gz"))).mode & 0o077).toBe(0);
    // The store that comes back does not know of these, nor of what became of those before.
    const after = trigger(3);
    const everything = [...settled, ...during, ...after];
    for (const incident of everything) {
      await untilWhole(world, incident);
    }
    await world.stopAll("SIGKILL");
    await rename(join(world.directory, "data"), join(world.directory, "data.lost"));
    const restored = await run("restore", ["saved.tar.gz", "data"]);
    expect(restored).toEqual({ code: 0, said: expect.stringContaining("Restored") });

    await world.start();
    expect(world.output()).toContain("the data directory was restored or copied");
    const late = trigger(1);
    for (const incident of late) {
      await untilWhole(world, incident);
    }
    await world.untilResyncs(2);
    for (const incident of [...everything, ...late]) {
      const [page, ...more] = world.pagesOf(incident);
      if (page === undefined) {
        throw new Error(`${incident} has no page`);
      }
      expect(more, "further pages, the trashed ones included").toEqual([]);
      expect(viewsOf(page)).toHaveLength(1);
      expect(ownNotes(world, incident)).toHaveLength(1);
      expectCompleteTimeline(world, incident, page);
    }
  });

  it("save a store that nobody owns, and leave its directory free", async () => {
    await world.start();
    await untilWhole(world, trigger(1)[0] ?? "");
    await world.stopAll("SIGTERM");
    const saved = await run("backup", ["saved.tar.gz"]);
    expect(saved).toEqual({ code: 0, said: expect.stringContaining("by this command") });
    await world.start();
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
  });

  it("say what is wrong, with a code, and change nothing", async () => {
    await mkdir(join(world.directory, "full"));
    await writeFile(join(world.directory, "full/note"), "mine");
    await writeFile(join(world.directory, "broken"), "no backup");
    const redis = "redis://:hunter2@127.0.0.1:1";
    const refusals = await Promise.all([
      run("backup", []),
      run("backup", ["saved.tar.gz"]),
      run("backup", ["saved.tar.gz"], redis),
      run("restore", ["absent", "new"]),
      run("restore", ["broken", "new"]),
      run("restore", ["broken", "full"]),
      run("restore", ["--help"]),
    ]);
    expect(refusals.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(refusals.map(({ said }) => /[A-Z]+(?:_[A-Z]+)+/u.exec(said)?.[0])).toEqual([
      "COMMAND_USAGE",
      "STORE_BACKUP_FAILED",
      "STORE_NOT_EMBEDDED",
      "STORE_BACKUP_UNREADABLE",
      "STORE_BACKUP_UNREADABLE",
      "STORE_DIRECTORY_NOT_EMPTY",
      "COMMAND_USAGE",
    ]);
    expect(refusals.map(({ said }) => said).join("")).not.toMatch(/hunter2|\n\s+at /u);
    await expect(stat(join(world.directory, "saved.tar.gz"))).rejects.toThrow("ENOENT");
  });
});
