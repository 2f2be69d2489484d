/** Comments on pages. The connection may lack the capability for them: then there are none. */

import { z } from "zod";
import type { PageId } from "../../domain/keys.ts";
import { unlessGone } from "./blocks-api.ts";
import type { Caller } from "./call.ts";
import { CommittedAfterAll, NotionRefusal, type CallContext } from "./errors.ts";
import type { Notion } from "./notion.ts";
import { joinText } from "./properties.ts";
import { Comment } from "./schema.ts";
import { plainText } from "./text.ts";

/** Callers put what they look for again at the end: a cut text would lose it. */
const commentUnitsMax = 100_000;

/** Takes what calls Notion; gives the calls on comments. */
export function createCommentsApi(caller: Caller): Pick<Notion, "addComment" | "hasComment"> {
  async function addComment(page: PageId, text: string): Promise<boolean> {
    const context: CallContext = { what: "comment on a page", kind: "write", creates: true };
    const rich_text = plainText(text, commentUnitsMax);
    const body = { parent: { page_id: page }, rich_text };
    try {
      await caller.call(context, { method: "post", path: "comments", body }, z.unknown());
      return true;
    } catch (error) {
      if (error instanceof CommittedAfterAll) {
        return true;
      }
      if (isForbidden(error)) {
        return false;
      }
      throw error;
    }
  }

  async function hasComment(page: PageId, text: string): Promise<boolean> {
    const context = { what: "list the comments of a page", kind: "read" } as const;
    const request = { method: "get", path: "comments", query: { block_id: page } } as const;
    // As it was written, cut and cleaned.
    const wanted = plainText(text, commentUnitsMax).map((item) => item.text.content);
    try {
      const comments = await unlessGone(() => caller.list(context, request, Comment));
      return (comments ?? []).some(({ rich_text }) =>
        joinText(rich_text).includes(wanted.join("").trim()),
      );
    } catch (error) {
      if (isForbidden(error)) {
        return false;
      }
      throw error;
    }
  }

  return { addComment, hasComment };
}

function isForbidden(error: unknown): boolean {
  return error instanceof NotionRefusal && error.status === 403;
}
