/**
 * Holds what our clients ask of the vendors against the vendors' OpenAPI documents: the operation exists, its
 * parameters are known, the body fits. The documents are not part of this repository: without them, skipped.
 */

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startJiraSandbox } from "../../sandbox/jira/sandbox.ts";
import { startNotionSandbox } from "../../sandbox/notion/sandbox.ts";
import { startPagerDutySandbox } from "../../sandbox/pagerduty/sandbox.ts";
import { createJira } from "../../src/clients/jira/client.ts";
import { createNotion } from "../../src/clients/notion/client.ts";
import { createPagerDuty } from "../../src/clients/pagerduty/client.ts";
import { accountId, parseIncidentId } from "../../src/domain/keys.ts";
import { jiraRoute, property, routeTo } from "../support/jira-server.ts";
import { OpenApi, Schema, violations } from "../support/json-schema.ts";
import { openMemoryGate } from "../support/notion-server.ts";
import { freePort } from "../support/ports.ts";

const folder = new URL("../../../shared/specs/", import.meta.url);
const isHere = existsSync(folder);
if (!isHere) {
  process.stderr.write("requests-spec: skipped, the vendors' OpenAPI documents are not here\n");
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly body: unknown;
}

/** Passes everything on to `target` and keeps what was asked. */
async function startRecorder(
  target: string,
): Promise<AsyncDisposable & { url: string; sent: Sent[] }> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "/", target);
      const bytes = await buffer(request);
      const method = request.method ?? "GET";
      const body: unknown = bytes.length === 0 ? undefined : JSON.parse(bytes.toString("utf8"));
      sent.push({ method, path: url.pathname, query: [...url.searchParams.keys()], body });
      const headers = new Headers();
      for (const name of ["accept", "authorization", "content-type", "from", "notion-version"]) {
        headers.set(name, String(request.headers[name] ?? ""));
      }
      const answer = await fetch(url, {
        method,
        headers,
        ...(bytes.length === 0 ? {} : { body: new Uint8Array(bytes) }),
      });
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** OpenAPI 3.1 lists types; the validator takes one, and null where a field is not required. */
function readDocument(name: string): OpenApi {
  const text = readFileSync(new URL(name, folder), "utf8");
  const document: unknown = JSON.parse(text, (key, value: unknown) =>
    key === "type" && Array.isArray(value) ? value.find((type) => type !== "null") : value,
  );
  return OpenApi.parse(document);
}

const Parameter = z.object({ name: z.string(), in: z.string() });
const Operation = z.looseObject({
  parameters: z.array(z.union([Parameter, z.object({ $ref: z.string() })])).optional(),
  requestBody: z
    .object({ content: z.record(z.string(), z.looseObject({ schema: Schema.optional() })) })
    .optional(),
});
const Parameters = z.object({
  components: z.object({ parameters: z.record(z.string(), Parameter) }),
});

/** What the document does not know of a request; empty when it fits. */
function strangenessOf(document: OpenApi, { method, path, query, body }: Sent): string[] {
  const template = Object.keys(document.paths).find((each) =>
    new RegExp(`^${each.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path),
  );
  const found =
    template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
  const operation = Operation.safeParse(found).data;
  if (operation === undefined) {
    return [`${method} ${path} is no operation`];
  }
  const shared = Parameters.safeParse(document).data?.components.parameters ?? {};
  const known = (operation.parameters ?? []).map((each) =>
    "$ref" in each ? shared[each.$ref.split("/").at(-1) ?? ""]?.name : each.name,
  );
  const schema = operation.requestBody?.content["application/json"]?.schema;
  return [
    ...query.filter((name) => !known.includes(name)).map((name) => `${method} ${path}?${name}`),
    ...(schema === undefined || body === undefined ? [] : violations(document, schema, body)),
  ];
}

function now(): Date {
  return new Date();
}
const quiet = { warn: () => undefined };

describe.skipIf(!isHere)("what we ask", () => {
  it("of PagerDuty is in its document", async () => {
    await using sandbox = await startPagerDutySandbox();
    await using recorder = await startRecorder(sandbox.url);
    const { PAGERDUTY_API_TOKEN: token = "", PAGERDUTY_FROM: from = "" } = sandbox.environment();
    const options = {
      requestTimeoutMs: 5000,
      unauthorizedPauseMs: 1000,
      gate: openMemoryGate(),
      now,
    };
    await using client = createPagerDuty({ ...options, apiUrl: recorder.url, token, from });
    const { incident } = sandbox.act({ do: "trigger", title: "Checkout fails", priority: "P1" });
    const id = parseIncidentId(incident?.id ?? "");
    expect(id).toBeDefined();
    if (id === undefined) {
      return;
    }
    const hourAgo = new Date(Date.now() - 3_600_000);
    await client.findIncident(id);
    await client.readRecords(id);
    await client.listOpenIncidents();
    await client.listIncidentsCreated(hourAgo, new Date());
    await client.listTouched(hourAgo, new Date());
    await client.listPriorities();
    await client.findUser("PADA001");
    await client.addNote(id, "Post-mortem: https://example.com");
    expect(recorder.sent.length).toBeGreaterThan(9);
    const document = readDocument("pagerduty.openapi.json");
    expect(recorder.sent.flatMap((each) => strangenessOf(document, each))).toEqual([]);
  });

  it("of Jira is in its document", async () => {
    await using sandbox = await startJiraSandbox();
    await using recorder = await startRecorder(sandbox.url);
    await using jira = createJira({
      url: recorder.url,
      ...sandbox.bot,
      requestTimeoutMs: 5000,
      unauthorizedPauseMs: 1000,
      gate: openMemoryGate(),
      log: quiet,
      now,
    });
    await jira.warmUp();
    expect(await jira.checkRoutes([routeTo({ components: ["Checkout"] })])).toEqual([]);
    const ada = await jira.findUserByEmail("ada.okafor@acme.example");
    const id = ada?.accountId ?? accountId("");
    await jira.findUser(id);
    await jira.isAssignable("OPS", id);
    const description = { blocks: [{ type: "paragraph" as const, text: [{ text: "x" }] }] };
    const write = { summary: "x", description, assignee: id, due: "2026-12-01", priorityId: "2" };
    const issue = await jira.createIssue({ route: jiraRoute, write, property });
    await jira.findIssue(issue.id);
    await jira.editIssue(issue.id, { ...write, addLabels: ["x"] });
    await jira.putProperty(issue.id, property);
    const [transition] = await jira.listTransitions(issue.id);
    await jira.transition(issue.id, transition?.id ?? "", {});
    await jira.addComment(issue.id, "Was: x", "marker");
    await jira.hasComment(issue.id, "marker");
    const link = { globalId: "g", url: "https://x.example/", title: "Page", relationship: "of" };
    await jira.putRemoteLink(issue.id, link);
    await jira.findIssuesByLabel("x");
    await jira.listUpdated("x", 5);
    await jira.listOpen("x");
    expect(recorder.sent.length).toBeGreaterThan(20);
    const document = readDocument("jira.openapi.json");
    expect(recorder.sent.flatMap((each) => strangenessOf(document, each))).toEqual([]);
  });

  it("of Notion is in its documents, the view's body in full", async () => {
    await using sandbox = await startNotionSandbox();
    await using recorder = await startRecorder(sandbox.url);
    const { ids } = sandbox;
    const client = createNotion({
      apiUrl: recorder.url,
      token: sandbox.environment()["NOTION_TOKEN"] ?? "",
      postMortemsId: ids.postMortems,
      actionItemsId: ids.actionItems,
      requestTimeoutMs: 5000,
      unauthorizedPauseMs: 1000,
      gate: openMemoryGate(),
      log: quiet,
      now,
    });
    await client.warmUp();
    const properties = { name: "Checkout fails", incidentId: "Q1" };
    const { id } = await client.createPage({ properties, icon: "🚨", body: [], rows: [] });
    await client.createActionItemsView(id);
    await client.findPage(id);
    await client.listBlocks(id);
    await client.updatePage(id, { sync: "Up to date." });
    const views = readDocument("notion-views.openapi.json");
    const rest = readDocument("notion.openapi.json");
    const toViews = recorder.sent.filter(({ path }) => path.startsWith("/v1/views"));
    expect(toViews).toHaveLength(1);
    expect(toViews.flatMap((each) => strangenessOf(views, each))).toEqual([]);
    // The document's bodies of pages and blocks are stubs: there only the operation is compared.
    const others = recorder.sent.filter(({ path }) => !path.startsWith("/v1/views"));
    const bare = others.map((each) => ({ ...each, body: undefined }));
    expect(bare.length).toBeGreaterThan(5);
    expect(bare.flatMap((each) => strangenessOf(rest, each))).toEqual([]);
  });

  it("would be caught when the document does not know it", () => {
    const document = readDocument("pagerduty.openapi.json");
    const strange = { method: "GET", path: "/incidents", query: ["nonsense"], body: undefined };
    expect(strangenessOf(document, strange)).toEqual(["GET /incidents?nonsense"]);
    expect(strangenessOf(document, { ...strange, path: "/nothing" })).toHaveLength(1);
    const empty = { method: "POST", path: "/incidents/Q1/notes", query: [], body: {} };
    expect(strangenessOf(document, empty)).not.toEqual([]);
  });
});
