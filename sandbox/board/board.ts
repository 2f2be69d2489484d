/**
 * A page to look at: PagerDuty's incidents, the post-mortem and its action items as Notion shows them, Jira's
 * issues as cards, and all of it to play with. It refreshes itself and asks nothing of the net.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { actOn, pageOf, type Vendors } from "./forms.ts";
import { html } from "./html.ts";
import { renderNewItem, renderRows } from "./items-view.ts";
import { renderCards } from "./jira-view.ts";
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

export interface BoardOptions extends Vendors {
  /** Absent or 0: a free port. */
  readonly port?: number;
  /** Absent: 127.0.0.1. Whatever it is, the board answers only to a browser that calls it local. */
  readonly host?: string;
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
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", () => {
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
  const newItem =
    incident === undefined ? html`` : renderNewItem(options.notion.state(), incident.id);
  const shell = renderShell(parts, { incident: incident?.id ?? "", talk, newItem, services });
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
  const page = incident === undefined ? undefined : pageOf(world.pages, incident.id);
  const site = options.jira.state();
  return {
    list: renderList(incidents, incident?.id),
    incident: incident === undefined ? html`` : renderIncident(incident),
    log: incident === undefined ? html`` : renderLog(incident),
    page: renderPage(world, page),
    rows: renderRows(world, page, site.issues),
    cards: renderCards(site),
  };
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
