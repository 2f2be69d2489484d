/** A secret in a file: what is taken, what is not, how often the file is read, and what is said. */

import { describe, expect, it } from "vitest";
import { openFileSecret, type FileSecret } from "./file-secret.ts";
import { parseToken } from "./setting.ts";

interface Ground {
  readonly secret: FileSecret<string>;
  readonly said: object[];
  readonly clock: { nowMs: number };
  readonly file: { text: string | Error; reads: number };
}

function open(): Ground {
  const said: object[] = [];
  const clock = { nowMs: 10_000 };
  const file: Ground["file"] = { text: "first\n", reads: 0 };
  const secret = openFileSecret(
    "first",
    { path: "/run/secrets/token", name: "TOKEN_FILE", parse: parseToken },
    {
      log: { info: (fields) => said.push(fields), warn: (fields) => said.push(fields) },
      readFile: async () => {
        file.reads += 1;
        if (file.text instanceof Error) {
          throw file.text;
        }
        return file.text;
      },
      nowMs: () => clock.nowMs,
    },
  );
  return { secret, said, clock, file };
}

describe("a secret in a file", () => {
  it("stays while the file says the same", async () => {
    const { secret, said } = open();
    expect(await secret.isReplaced("first")).toBe(false);
    expect([secret.current(), said]).toEqual(["first", []]);
  });

  it("is replaced when it was refused and the file says another, which is said without it", async () => {
    const { secret, said, file } = open();
    file.text = "second\n";
    expect(await secret.isReplaced("first")).toBe(true);
    expect(secret.current()).toBe("second");
    expect(said).toEqual([{ setting: "TOKEN_FILE" }]);
  });

  it("tells whoever was refused with the one before that there is another, without reading", async () => {
    const { secret, file } = open();
    file.text = "second";
    await secret.read();
    expect(await secret.isReplaced("first")).toBe(true);
    expect(file.reads).toBe(1);
  });

  it("is read at most once a second, however often it is refused, and once for all who wait", async () => {
    const { secret, file, clock } = open();
    await Promise.all(Array.from({ length: 50 }, () => secret.isReplaced("first")));
    for (let n = 0; n < 50; n += 1) {
      await secret.isReplaced("first");
    }
    expect(file.reads).toBe(1);
    clock.nowMs += 1_000;
    await secret.isReplaced("first");
    expect(file.reads).toBe(2);
  });

  it.each([
    ["is empty", " \n", "is empty"],
    ["has two words", "a b", "has a space"],
    ["is gone", Object.assign(new Error("no"), { code: "ENOENT" }), "can't be read (ENOENT)"],
  ])("stays when the file %s, said once until it is mended", async (_, text, problem) => {
    const { secret, said, file } = open();
    file.text = text;
    await secret.read();
    await secret.read();
    expect(secret.current()).toBe("first");
    expect(said).toEqual([expect.objectContaining({ problem: expect.stringContaining(problem) })]);
    expect(JSON.stringify(said)).toContain("SECRET_FILE_UNUSABLE");
    file.text = "first";
    await secret.read();
    file.text = text;
    await secret.read();
    expect(said).toHaveLength(2);
  });

  it("is not waited for on a file system that hangs", async () => {
    const said: object[] = [];
    const secret = openFileSecret(
      "first",
      { path: "/mnt/gone/token", name: "TOKEN_FILE", parse: parseToken },
      {
        log: { info: () => undefined, warn: (fields) => said.push(fields) },
        readFile: () => new Promise(() => undefined),
      },
    );
    expect(await secret.isReplaced("first")).toBe(false);
    expect(said).toHaveLength(1);
  });
});
