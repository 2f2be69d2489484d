/** Refusals in Jira's words: the classic envelope, and the problem details of its newer parts. */

import { Refusal, type Answer } from "../core/router.ts";

/** By field id, what is wrong with it. */
export type FieldErrors = Readonly<Record<string, string>>;

/** The classic envelope. */
export function errorAnswer(
  status: number,
  errorMessages: readonly string[],
  errors: FieldErrors = {},
): Answer {
  return { status, body: { errorMessages, errors } };
}

/** Throws the classic envelope with one message about the whole request. */
export function refuse(status: number, message: string): never {
  throw new Refusal(errorAnswer(status, [message]));
}

/** Throws a 400 with a message per field. */
export function refuseFields(errors: FieldErrors, errorMessages: readonly string[] = []): never {
  throw new Refusal(errorAnswer(400, errorMessages, errors));
}

/** Throws the 404 of an issue that is gone or that the caller may not see. */
export function refuseMissing(): never {
  refuse(404, "Issue does not exist or you do not have permission to see it.");
}

/** The 401 of a call that knows no anonymous caller. */
export function unauthenticated(): Answer {
  return {
    ...errorAnswer(401, [
      "You are not authenticated. Authentication required to perform this operation.",
    ]),
    headers: { "www-authenticate": 'OAuth realm="https%3A%2F%2Facme.atlassian.net"' },
  };
}

/** RFC 7807, as unknown routes and wrong methods are answered. */
export function problem(status: number, title: string, detail: string): Answer {
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: { type: "about:blank", title, status, detail },
  };
}

/** What a field that cannot be set is told, whether it is unknown, off the screen or not allowed. */
export function notOnScreen(fieldId: string): string {
  return `Field '${fieldId}' cannot be set. It is not on the appropriate screen, or unknown.`;
}
