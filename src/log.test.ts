/** What the log may never hold, and what of an error it does hold. */

import { describe, expect, it } from "vitest";
import { createLog, type Logger } from "./log.ts";

function capture(level = "info"): {
  log: Logger;
  lines: () => Record<string, unknown>[];
  text: () => string;
} {
  const written: string[] = [];
  const log = createLog(level, { write: (line) => void written.push(line) });
  return {
    log,
    text: () => written.join(""),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe("createLog", () => {
  it("writes level, ISO time, fields and message", () => {
    const { log, lines } = capture();
    log.info({ key: "incident:PT4KHLK", took: 3 }, "run is over");
    expect(lines()).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        key: "incident:PT4KHLK",
        took: 3,
        msg: "run is over",
      },
    ]);
  });

  it("keeps quiet below its level", () => {
    const { log, text } = capture("warn");
    log.info("not this");
    expect(text()).toBe("");
  });

  it.each([
    ["authorization"],
    ["Authorization"],
    ["cookie"],
    ["set-cookie"],
    ["x-pagerduty-signature"],
    ["apiToken"],
    ["token"],
    ["webhookSecrets"],
    ["password"],
    ["api_key"],
  ])("removes the value of a field named %s, however deep and in bindings too", (name) => {
    const { log, text } = capture();
    log.info({ [name]: "hunter2-value" }, "flat");
    log.info({ request: { headers: [{ [name]: ["hunter2-value"] }] } }, "deep");
    log.child({ [name]: "hunter2-value" }).info("in a child");
    expect(text()).not.toContain("hunter2-value");
    expect(text().match(/\[removed\]/g)).toHaveLength(3);
  });

  it.each([
    ["a bearer token", "refused: Bearer ntn_1234567890"],
    ["a password in a URL", "connect redis://user:ntn_1234567890@host:6379 failed"],
    ["a signature", `got v1=${"1234567890".repeat(6)}abcd`],
  ])("masks %s in an error's message, its stack and the log's own message", (_, message) => {
    const { log, text } = capture();
    log.error(new Error(message));
    log.error({ err: new Error("outer", { cause: new Error(message) }) }, message);
    expect(text()).not.toContain("1234567890");
    expect(text()).toContain("[removed]");
  });

  it("keeps of an error its name, message, code, stack and causes, and nothing else", () => {
    const { log, lines, text } = capture();
    const cause = Object.assign(new TypeError("inner"), {
      code: "ECONNREFUSED",
      body: "body-text",
    });
    const error = Object.assign(new Error("outer", { cause }), {
      headers: { authorization: "header-text" },
      config: { data: "config-text" },
    });
    log.error({ err: error, nested: { error } }, "failed");
    const [line] = lines();
    const said = {
      name: "Error",
      message: "outer",
      stack: expect.stringContaining("outer"),
      cause: {
        name: "TypeError",
        message: "inner",
        code: "ECONNREFUSED",
        stack: expect.any(String),
      },
    };
    expect(line?.["err"]).toEqual(said);
    expect(line?.["nested"]).toEqual({ error: said });
    expect(text()).not.toMatch(/body-text|header-text|config-text/);
  });

  it("survives fields that contain themselves, and bytes", () => {
    const { log, lines } = capture();
    const loop: Record<string, unknown> = { body: Buffer.from("x") };
    loop["self"] = loop;
    log.info({ loop }, "round");
    expect(lines()).toHaveLength(1);
    expect(lines()[0]?.["loop"]).toMatchObject({ body: "[1 bytes]" });
  });
});
