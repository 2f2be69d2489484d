/** What people write on action items is data too: in issues, comments, logs and on the board it is the text that it is. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startBoard, type Board } from "../../sandbox/board/board.ts";
import { openAnyWorld } from "../support/engines.ts";
import { commentsOnIssue } from "../support/edges.ts";
import { urlOf } from "../support/incidents.ts";
import { addRow, complete, editRow, openPostMortem, rowOf, untilIssue } from "../support/items.ts";
import { waitFor } from "../support/wait.ts";
import type { World } from "../support/world.ts";

/** Each becomes a title, an outcome and a reason; `shown` is what of it has to arrive. */
const cases: readonly { readonly name: string; readonly text: string; readonly shown?: string }[] =
  [
    {
      name: "Markdown",
      text: "# H **b** _i_ `c` [x](https://evil.example) ![y](https://evil.example)",
    },
    {
      name: "wiki markup",
      text: "h1. *b* {code}x{code} !https://evil.example/p.png! [~accountid:5b1] {color:red}",
    },
    { name: "HTML", text: "<script>alert(1)</script><img src=x onerror=alert(1)> &lt; <!-- c -->" },
    {
      name: "ADF",
      text: '{"type":"mention","attrs":{"id":"5b1","text":"@all"}} {"type":"doc","version":1,"content":[]}',
    },
    {
      name: "Notion's rich text",
      text: '{"type":"mention","mention":{"type":"user"}} @Ada Okafor [[Page]] /todo notion://x',
    },
    {
      name: "Slack markup",
      text: "<!channel> <!here> <@U123> <https://evil.example|click> @everyone",
    },
    {
      name: "controls and marks of direction",
      text: "nul\u0007 esc\u001B[31m a\u202Eevil\u202C b\u2066c\u2069",
      shown: "nul esc[31m aevil bc",
    },
    { name: "a forged log line", text: '"} {"level":"fatal","msg":"forged"} \\n \\u0000' },
    { name: "placeholders", text: "$& $1 %s ${x} {{ incident.title }} {% raw %} __proto__" },
  ];

interface Node {
  readonly type: string;
  readonly text?: string | undefined;
  readonly marks?: readonly Mark[] | undefined;
  readonly content?: readonly Node[] | undefined;
}
interface Mark {
  readonly type: string;
  readonly attrs?: { readonly href?: string | undefined } | undefined;
}
const Node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    type: z.string(),
    text: z.string().optional(),
    marks: z
      .array(
        z.object({ type: z.string(), attrs: z.object({ href: z.string().optional() }).optional() }),
      )
      .optional(),
    content: z.array(Node).optional(),
  }),
);
const RawIssue = z.object({
  fields: z.object({
    summary: z.string(),
    description: Node,
    comment: z.object({ comments: z.array(z.object({ body: Node })) }),
  }),
});

let world: World;
let board: Board;
let incident: string;
let page: string;
let plainKinds: readonly string[];

beforeAll(async () => {
  world = await openAnyWorld({ jira: {}, env: { LOG_LEVEL: "trace" } });
  await world.start();
  board = await startBoard(world);
  ({ incident, page } = await openPostMortem(world));
  const row = addRow(world, page, "Plain", { ...complete, Outcome: "Plain" });
  const { key } = await untilIssue(world, row);
  plainKinds = kindsOf((await readIssue(key)).description);
});

afterAll(async () => {
  await board.close();
  await world[Symbol.asyncDispose]();
});

async function readIssue(key: string): Promise<z.infer<typeof RawIssue>["fields"]> {
  const {
    JIRA_URL: url = "",
    JIRA_EMAIL: email = "",
    JIRA_API_TOKEN: token = "",
  } = world.jira.environment();
  const credentials = Buffer.from(`${email}:${token}`).toString("base64");
  const answer = await fetch(`${url}/rest/api/3/issue/${key}?fields=summary,description,comment`, {
    headers: { authorization: `Basic ${credentials}` },
  });
  return RawIssue.parse(await answer.json()).fields;
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.content ?? []).flatMap(nodesOf)];
}

function kindsOf(node: Node): readonly string[] {
  return [...new Set(nodesOf(node).map(({ type }) => type))].toSorted();
}

/** Only structure that a plain item has too; the text stands in one node without marks; links are ours. */
function expectPlainDocument(node: Node, shown: string, ours: readonly string[]): void {
  const nodes = nodesOf(node);
  expect(nodes.map(({ type }) => type).filter((type) => !plainKinds.includes(type))).toEqual([]);
  const holding = nodes.filter(({ text }) => text?.includes(shown) === true);
  expect(holding.length).toBeGreaterThan(0);
  expect(holding.flatMap(({ marks }) => marks ?? [])).toEqual([]);
  const links = nodes.flatMap(({ marks }) => marks ?? []).filter(({ type }) => type === "link");
  expect(links.filter(({ attrs }) => !ours.includes(attrs?.href ?? ""))).toEqual([]);
}

describe("text on an action item", () => {
  it.each(cases)("of $name arrives as the text that it is", async ({ text, shown = text }) => {
    const row = addRow(world, page, text, { ...complete, Outcome: text, Reason: text });
    const { key } = await untilIssue(world, row);
    const ours = [urlOf(incident), rowOf(world, row).url, rowOf(world, page).url];
    const issue = await readIssue(key);
    expect(issue.summary).toBe(shown);
    expectPlainDocument(issue.description, shown, ours);

    // Somebody else's text in Jira makes the row's a comment there, and the title a conflict.
    world.jira.act({ do: "edit", issue: key, summary: `${text} in Jira`, description: "Ours now" });
    editRow(world, row, "Name", `${text} in Notion`);
    editRow(world, row, "Outcome", `${text} again`);
    await waitFor("the outcome as a comment", () =>
      commentsOnIssue(world, key).some((comment) => comment.includes(`${shown} again`)),
    );
    for (const { body } of (await readIssue(key)).comment.comments) {
      const told = nodesOf(body)
        .map((node) => node.text ?? "")
        .join("");
      expectPlainDocument(body, told.includes(shown) ? shown : "", ours);
    }
    const drawn = await (await fetch(board.url)).text();
    expect(drawn).not.toMatch(/<script>alert|<img src=x|onerror=alert\(1\)>/);
  });

  it("never breaks a line of the log", () => {
    const lines = world.output().trim().split("\n");
    expect(lines.length).toBeGreaterThan(50);
    const broken = lines.filter((line) => !isRecord(line));
    expect(broken).toEqual([]);
    // oxlint-disable-next-line no-control-regex -- what may not stand in a log
    expect(world.output()).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202A-\u202E\u2066-\u2069]/);
  });
});

function isRecord(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "level" in value && "time" in value;
  } catch {
    return false;
  }
}
