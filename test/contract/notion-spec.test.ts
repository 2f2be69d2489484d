/**
 * Holds what the Notion sandbox answers against Notion's OpenAPI documents: in full for views, and
 * for the rest that every operation it lists is there and takes what the document says it takes.
 * The documents are not part of this repository: without them, skipped.
 */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startNotionSandbox, type NotionSandbox } from "../../sandbox/notion/sandbox.ts";
import { call, createPostMortem, idOf, paragraph, text } from "../../sandbox/notion/testing.ts";
import { answerSchema, OpenApi, violations } from "../support/json-schema.ts";

const folder = new URL("../../../shared/specs/", import.meta.url);
const viewsFile = new URL("notion-views.openapi.json", folder);
const mainFile = new URL("notion.openapi.json", folder);
const isHere = existsSync(viewsFile) && existsSync(mainFile);
if (!isHere) {
  process.stderr.write("notion-spec: skipped, Notion's OpenAPI documents are not here\n");
}

/** OpenAPI 3.1 in the words of 3.0: `const` is a list of one, an alternative of null is nullable. */
function inOldWords(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inOldWords);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const { oneOf, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, inOldWords(part)]),
  );
  const constant = "const" in rest ? { enum: [rest["const"]] } : {};
  if (!Array.isArray(oneOf)) {
    return { ...rest, ...constant, ...(oneOf === undefined ? {} : { oneOf }) };
  }
  const others = oneOf.filter((part: { type?: unknown }) => part.type !== "null");
  const nullable = others.length < oneOf.length ? { nullable: true } : {};
  return { ...rest, ...constant, ...nullable, oneOf: others };
}

function readDocument(file: URL): OpenApi {
  return OpenApi.parse(inOldWords(JSON.parse(readFileSync(file, "utf8"))));
}

interface Ground {
  readonly page: string;
  readonly view: string;
  readonly query: string;
  readonly second: string;
}

/** A post-mortem with a linked view of two tabs and one row, and a query through it. */
async function furnish(notion: NotionSandbox): Promise<Ground> {
  const page = await createPostMortem(notion, "One", { children: [paragraph("a")] });
  notion.act({ do: "addActionItem", title: "Fix", postMortem: page });
  const create = { parent: { type: "page_id", page_id: page } };
  const first = await call(notion, "POST /views", {
    ...viewBody(notion, page),
    create_database: create,
  });
  const { parent } = first.body as { parent: { database_id: string } };
  const { database_id } = parent;
  const tab = { data_source_id: notion.ids.actionItems, name: "Board", type: "board", database_id };
  const second = await call(notion, "POST /views", tab);
  const query = await call(notion, `POST /views/${idOf(first)}/queries`, {});
  return { page, view: idOf(first), second: idOf(second), query: idOf(query) };
}

function viewBody(notion: NotionSandbox, page: string): Record<string, unknown> {
  return {
    data_source_id: notion.ids.actionItems,
    name: "Action items",
    type: "table",
    filter: { property: "Post-mortem", relation: { contains: page } },
    sorts: [{ property: "Priority", direction: "ascending" }],
    configuration: {
      type: "table",
      wrap_cells: true,
      properties: [
        { property_id: "title", visible: true, width: 320 },
        { property_id: "Status", visible: true },
      ],
    },
  };
}

function startNotion(): Promise<NotionSandbox> {
  return startNotionSandbox({ settings: { queryLagMs: 0, queryLagJitterMs: 0 } });
}

describe.skipIf(!isHere)("the Notion sandbox", () => {
  it.each([
    ["GET /v1/views", "GET /views?data_source_id=:source"],
    ["GET /v1/views/{view_id}", "GET /views/:view"],
    ["PATCH /v1/views/{view_id}", "PATCH /views/:view"],
    ["DELETE /v1/views/{view_id}", "DELETE /views/:second"],
    ["POST /v1/views/{view_id}/queries", "POST /views/:view/queries"],
    ["GET /v1/views/{view_id}/queries/{query_id}", "GET /views/:view/queries/:query"],
    ["DELETE /v1/views/{view_id}/queries/{query_id}", "DELETE /views/:view/queries/:query"],
  ])("answers %s as the document says", async (operation, line) => {
    const document = readDocument(viewsFile);
    await using notion = await startNotion();
    const ground = await furnish(notion);
    const path = line
      .replace(":source", notion.ids.actionItems)
      .replace(":view", ground.view)
      .replace(":second", ground.second)
      .replace(":query", ground.query);
    const body = operation.startsWith("PATCH") ? { name: "Renamed", sorts: null } : undefined;
    const answer = await call(notion, path, body);
    const schema = answerSchema(document, operation, 200);
    expect(schema).toBeDefined();
    expect([answer.status, ...violations(document, schema ?? {}, answer.body)]).toEqual([200]);
  });

  it("answers a new linked view in full, as the document says", async () => {
    const document = readDocument(viewsFile);
    await using notion = await startNotion();
    const page = await createPostMortem(notion, "One");
    const create_database = { parent: { type: "page_id", page_id: page } };
    const answer = await call(notion, "POST /views", {
      ...viewBody(notion, page),
      create_database,
    });
    const full = { $ref: "#/components/schemas/dataSourceViewObjectResponse" };
    expect(violations(document, full, answer.body)).toEqual([]);
    const properties =
      document.components.schemas["dataSourceViewObjectResponse"]?.properties ?? {};
    const known = Object.keys(properties);
    expect(Object.keys(answer.body as object).filter((key) => !known.includes(key))).toEqual([]);
  });

  it("refuses views as the document says", async () => {
    const document = readDocument(viewsFile);
    await using notion = await startNotion();
    const page = await createPostMortem(notion, "One");
    const none = await call(notion, "POST /views", viewBody(notion, page));
    const missing = await call(notion, `GET /views/${page}`);
    for (const [answer, name] of [
      [none, "error_api_400"],
      [missing, "error_api_404"],
    ] as const) {
      const schema = { $ref: `#/components/schemas/${name}` };
      expect(violations(document, schema, answer.body)).toEqual([]);
    }
  });

  it("knows every operation of the document but markdown", async () => {
    const { paths } = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(JSON.parse(readFileSync(mainFile, "utf8")));
    await using notion = await startNotion();
    const { page } = await furnish(notion);
    const ids: Record<string, string> = {
      data_source_id: notion.ids.postMortems,
      database_id: page,
      property_id: "title",
    };
    const unknown: string[] = [];
    for (const [path, operations] of Object.entries(paths)) {
      for (const method of ["get", "post", "patch", "delete"].filter((one) => one in operations)) {
        const address = path
          .slice(3)
          .replaceAll(/\{(\w+)\}/gu, (_, name: string) => ids[name] ?? page);
        const { body } = await call(
          notion,
          `${method.toUpperCase()} ${address}`,
          method === "get" ? undefined : {},
        );
        if ((body as { code?: string }).code === "invalid_request_url") {
          unknown.push(`${method} ${path}`);
        }
      }
    }
    expect(unknown).toEqual([
      "get /v1/pages/{page_id}/markdown",
      "patch /v1/pages/{page_id}/markdown",
    ]);
  });

  it("would be caught with a wrong type, a missing field or an unknown word", () => {
    const document = readDocument(viewsFile);
    const full = { $ref: "#/components/schemas/dataSourceViewObjectResponse" };
    const wrong = {
      object: "page",
      id: 1,
      type: "heap",
      parent: { type: "database_id" },
      name: text("x"),
      created_time: "now",
      last_edited_time: "2026-01-01T00:00:00.000Z",
    };
    expect(violations(document, full, wrong).length).toBeGreaterThanOrEqual(6);
  });
});
