/** What the tests of the Jira stand-in share: a site to call, the call itself, and bodies. */

import { settableClock } from "../core/clock.ts";
import { documentOf } from "./adf.ts";
import type { Fields } from "./model.ts";
import { startJiraSandbox, type JiraSandbox, type JiraSandboxOptions } from "./sandbox.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A site on a free port whose clock stands still at 2026-03-02 09:00:00 UTC. */
export function startSite(options: JiraSandboxOptions = {}): Promise<JiraSandbox> {
  return startJiraSandbox({ clock: settableClock(), ...options });
}

/** The header of Basic authentication. */
export function basic({
  email,
  apiToken,
}: {
  readonly email: string;
  readonly apiToken: string;
}): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${email}:${apiToken}`).toString("base64")}` };
}

/** Calls "METHOD /path" (below /rest/api/3 unless it starts with /rest or /ex) as the bot; `headers` win. */
export async function call(
  jira: JiraSandbox,
  line: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const [method = "GET", path = "/"] = line.split(" ");
  const isWhole = path.startsWith("/rest/") || path.startsWith("/ex/");
  const answer = await fetch(`${jira.url}${isWhole ? "" : "/rest/api/3"}${path}`, {
    method,
    headers: { ...basic(jira.bot), "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const raw = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json") === true;
  const parsed: unknown = raw !== "" && isJson ? JSON.parse(raw) : raw;
  return { status: answer.status, headers: answer.headers, body: parsed };
}

/** The body of a create of a task in OPS; `more` wins, field by field. */
export function task(summary: string, more: Fields = {}): Fields {
  return {
    fields: {
      project: { key: "OPS" },
      issuetype: { name: "Task" },
      summary,
      description: documentOf("Seen in the incident."),
      ...more,
    },
  };
}

/** Creates a task in OPS and gives its key. */
export async function createTask(
  jira: JiraSandbox,
  summary = "Add an alert",
  more: Fields = {},
): Promise<string> {
  const { status, body } = await call(jira, "POST /issue", task(summary, more));
  if (typeof body === "object" && body !== null && "key" in body && typeof body.key === "string") {
    return body.key;
  }
  throw new Error(`no key in ${status} ${JSON.stringify(body)}`);
}

/** A refusal in the classic envelope. */
export function refusal(
  status: number,
  errors: Fields,
  errorMessages: readonly string[] = [],
): { readonly status: number; readonly body: unknown } {
  return { status, body: { errors, errorMessages } };
}
