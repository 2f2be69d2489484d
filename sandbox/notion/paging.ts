/** Lists in pages, with opaque cursors that belong to one listing. */

import { createHash } from "node:crypto";
import { pageSizeOf, textOf } from "./check.ts";
import { refuse } from "./errors.ts";
import type { Fields } from "./model.ts";

export interface PageOfList {
  readonly ids: readonly string[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/**
 * One page of `ids`. The cursor names the last id given, so that rows which come or go meanwhile
 * shift nothing. `listing` tells listings apart: a cursor of another one is refused with 400.
 */
export function cutPage(
  ids: readonly string[],
  listing: string,
  request: { readonly cursor: unknown; readonly size: unknown; readonly path: string },
): PageOfList {
  const size = pageSizeOf(request.size, `${request.path}.page_size`);
  const given = request.cursor ?? null;
  const cursor = given === null ? undefined : textOf(given, `${request.path}.start_cursor`);
  const start = cursor === undefined ? 0 : startOf(ids, cursor, listing);
  const page = ids.slice(start, start + size);
  const has_more = start + page.length < ids.length;
  const next = encode(listing, page.at(-1) ?? "", start + page.length);
  return { ids: page, next_cursor: has_more ? next : null, has_more };
}

/** The list object around rendered results. */
export function listObject(type: string, results: readonly unknown[], page: PageOfList): Fields {
  const { next_cursor, has_more } = page;
  return { object: "list", results, next_cursor, has_more, type, [type]: {} };
}

function startOf(ids: readonly string[], cursor: string, listing: string): number {
  const [mark, last = "", offset] = Buffer.from(cursor, "base64url").toString("utf8").split(" ");
  if (mark !== markOf(listing) || offset === undefined) {
    refuse(`The start_cursor provided is invalid: ${cursor}`);
  }
  const found = ids.indexOf(last);
  return found >= 0 ? found + 1 : Math.min(Number(offset), ids.length);
}

function encode(listing: string, last: string, offset: number): string {
  return Buffer.from(`${markOf(listing)} ${last} ${offset}`).toString("base64url");
}

function markOf(listing: string): string {
  return createHash("sha256").update(listing).digest("hex").slice(0, 12);
}
