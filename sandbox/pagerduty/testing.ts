/** What the tests of the REST side share: an account to call, and the call itself. */

import { settableClock } from "../core/clock.ts";
import {
  startPagerDutySandbox,
  type PagerDutySandbox,
  type PagerDutySandboxOptions,
} from "./sandbox.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The header of a write; the user is one of the account's. */
export const from = { from: "ada.okafor@acme.example" };

/** An account on a free port whose clock stands still. */
export function startAccount(options: PagerDutySandboxOptions = {}): Promise<PagerDutySandbox> {
  return startPagerDutySandbox({ clock: settableClock(), ...options });
}

/** Triggers an incident and gives its id. */
export function trigger(pagerduty: PagerDutySandbox, title = "Checkout is slow"): string {
  return pagerduty.act({ do: "trigger", title }).incident?.id ?? "";
}

/** Calls "METHOD /path" with the account key; `headers` win. */
export async function call(
  pagerduty: PagerDutySandbox,
  line: string,
  options: { readonly headers?: Record<string, string>; readonly body?: unknown } = {},
): Promise<Answered> {
  const [method = "GET", path = "/"] = line.split(" ");
  const answer = await fetch(`${pagerduty.url}${path}`, {
    method,
    headers: {
      accept: "application/vnd.pagerduty+json;version=2",
      authorization: `Token token=${pagerduty.tokens.account}`,
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await answer.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, body };
}

/** An answer with the vendor's error code, to match against. */
export function errorOf(code: number): { readonly body: unknown } {
  return { body: { error: { code } } };
}
