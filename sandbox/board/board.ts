/**
 * A page to look at: PagerDuty's incidents on the left, the post-mortem as Notion shows it on the
 * right, and buttons to play with. It lives on loopback, refreshes itself and asks nothing of the net.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import type { NotionSandbox } from "../notion/sandbox.ts";
import type { PageView } from "../notion/views-of-world.ts";
import type { PagerDutySandbox } from "../pagerduty/sandbox.ts";
import { html } from "./html.ts";
import { renderPage } from "./notion-page.ts";
import {
  incidentsOf,
  renderIncident,
  renderList,
  renderLog,
  renderTalk,
  type Incident,
} from "./pagerduty-view.ts";
import { renderShell, type Parts } from "./shell.ts";

export interface BoardOptions {
  readonly pagerduty: Pick<PagerDutySandbox, "act" | "state">;
  readonly notion: Pick<NotionSandbox, "state">;
  /** Absent or 0: a free port. */
  readonly port?: number;
}

export interface Board extends AsyncDisposable {
  readonly url: string;
  close(): Promise<void>;
}

const bodyMax = 64 * 1024;
const services = ["Checkout API", "PostgreSQL cluster"];
const css = readFileSync(new URL("./board.css", import.meta.url));
const script = readFileSync(new URL("./board.js", import.meta.url));

/** Serves the board; rejects when the port is taken. */
export async function startBoard(options: BoardOptions): Promise<Board> {
  const server = createServer((request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      answer(response, 400, "text/plain", reason);
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return { url: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

async function serve(
  options: BoardOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://board");
  const line = `${request.method} ${url.pathname}`;
  if (!isOurs(request)) {
    answer(response, 403, "text/plain", "Only this page may use the board.");
  } else if (line === "GET /") {
    showBoard(options, url, response);
  } else if (line === "GET /parts") {
    showParts(options, url, response);
  } else if (line === "POST /act") {
    const location = actOn(options, await readForm(request));
    response.writeHead(303, { location }).end();
  } else if (line === "GET /board.css") {
    answer(response, 200, "text/css", css);
  } else if (line === "GET /board.js") {
    answer(response, 200, "text/javascript", script);
  } else {
    answer(response, 404, "text/plain", "There is nothing here.");
  }
}

/** Not another site's form, and not another name that points to this machine. */
function isOurs(request: IncomingMessage): boolean {
  const { host = "", origin } = request.headers;
  const isLocal = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/u.test(host);
  return isLocal && (origin === undefined || origin === `http://${host}`);
}

function showBoard(options: BoardOptions, url: URL, response: ServerResponse): void {
  const incidents = incidentsOf(options.pagerduty.state());
  const chosen = url.searchParams.get("incident");
  if (chosen === null && incidents[0] !== undefined) {
    response.writeHead(302, { location: `/?incident=${incidents[0].id}` }).end();
    return;
  }
  const incident = incidents.find(({ id }) => id === chosen);
  const parts = partsOf(options, incidents, incident);
  const talk = incident === undefined ? html`` : renderTalk(incident);
  const shell = renderShell(parts, { incident: incident?.id ?? "", talk, services });
  answer(response, 200, "text/html", shell);
}

function showParts(options: BoardOptions, url: URL, response: ServerResponse): void {
  const incidents = incidentsOf(options.pagerduty.state());
  const chosen = url.searchParams.get("incident");
  const incident = incidents.find(({ id }) => id === chosen);
  const parts = Object.entries(partsOf(options, incidents, incident)).map(
    ([name, part]) => [name, part.html] as const,
  );
  const first = incidents[0]?.id ?? "";
  const body = { first, parts: Object.fromEntries(parts) };
  const version = createHash("sha256").update(JSON.stringify(body)).digest("hex").slice(0, 16);
  if (url.searchParams.get("version") === version) {
    response.writeHead(204).end();
    return;
  }
  answer(response, 200, "application/json", JSON.stringify({ version, ...body }));
}

function partsOf(
  options: BoardOptions,
  incidents: readonly Incident[],
  incident: Incident | undefined,
): Parts {
  const world = options.notion.state();
  return {
    list: renderList(incidents, incident?.id),
    incident: incident === undefined ? html`` : renderIncident(incident),
    log: incident === undefined ? html`` : renderLog(incident),
    page: renderPage(world, incident === undefined ? undefined : pageOf(world.pages, incident)),
  };
}

/** The page that names the incident: a live one if there is one, else one in the trash. */
function pageOf(pages: readonly PageView[], incident: Incident): PageView | undefined {
  const mine = pages.filter((page) => page.properties["Incident ID"] === incident.id);
  return mine.find((page) => !page.inTrash) ?? mine[0];
}

const Form = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("trigger"),
    text: z.string().trim().min(1).max(1_024),
    service: z.string(),
    priority: z.string(),
  }),
  z.object({ do: z.enum(["acknowledge", "escalate", "resolve", "reopen"]), incident: z.string() }),
  z.object({ do: z.literal("setPriority"), incident: z.string(), priority: z.string() }),
  z.object({
    do: z.enum(["note", "statusUpdate"]),
    incident: z.string(),
    text: z.string().trim().min(1).max(10_000),
  }),
]);

/** Does what the form says; gives where the browser goes next. */
function actOn({ pagerduty }: BoardOptions, form: unknown): string {
  const wanted = Form.parse(form);
  switch (wanted.do) {
    case "trigger": {
      const { text: title, service } = wanted;
      const incident = pagerduty.act({ do: "trigger", title, service }).incident?.id ?? "";
      pagerduty.act({ do: "setPriority", incident, priority: wanted.priority });
      return `/?incident=${incident}`;
    }
    case "note":
      pagerduty.act({ do: "note", incident: wanted.incident, content: wanted.text });
      break;
    case "statusUpdate":
      pagerduty.act({ do: "statusUpdate", incident: wanted.incident, message: wanted.text });
      break;
    case "setPriority":
      pagerduty.act({ ...wanted, priority: wanted.priority === "" ? null : wanted.priority });
      break;
    case "acknowledge":
    case "escalate":
    case "resolve":
    case "reopen":
      pagerduty.act(wanted);
      break;
  }
  return `/?incident=${encodeURIComponent(wanted.incident)}`;
}

async function readForm(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > bodyMax) {
      throw new RangeError(`the form exceeds ${bodyMax} bytes`);
    }
    chunks.push(bytes);
  }
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString("utf8")));
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // With "no-referrer" a browser would send its own forms with the origin null.
    "referrer-policy": "same-origin",
    "content-security-policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  });
  response.end(body);
}
