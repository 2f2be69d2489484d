/** Refusals in Notion's words: its error bodies with code, message and request id. */

import { randomUUID } from "node:crypto";
import { Refusal, type Answer } from "../core/router.ts";

/** An error answer as Notion writes it. `extra` is `additional_data`. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  extra?: Readonly<Record<string, string | readonly string[]>>,
): Answer {
  const requestId = randomUUID();
  return {
    status,
    headers: { "x-notion-request-id": requestId },
    body: {
      object: "error",
      status,
      code,
      message,
      ...(extra === undefined ? {} : { additional_data: extra }),
      request_id: requestId,
    },
  };
}

/** Throws a 400 validation_error. */
export function refuse(message: string): never {
  throw new Refusal(errorAnswer(400, "validation_error", message));
}

/** Throws a 400 in the words of Notion's body validation. */
export function refuseBody(path: string, expected: string, value: unknown): never {
  const part = path.split(/[.[]/u)[0] ?? "body";
  refuse(
    `${part} failed validation: ${path} should be ${expected}, instead was \`${show(value)}\`.`,
  );
}

/** Throws the 404 for what does not exist or is not shared with the connection. */
export function refuseMissing(kind: string, id: string): never {
  throw new Refusal(
    errorAnswer(
      404,
      "object_not_found",
      `Could not find ${kind} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration.`,
    ),
  );
}

/** Throws the 400 for an edit of something in the trash. */
export function refuseTrashed(): never {
  refuse("Can't edit block that is archived. You must unarchive the block before editing.");
}

function show(value: unknown): string {
  const text = value === undefined ? "undefined" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
