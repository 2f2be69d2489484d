/** What stands beside an issue's fields: comments that carry a marker, and links to the page and the incident. */

import { z } from "zod";
import { fingerprint } from "../../domain/fingerprint.ts";
import type { IssueId } from "../../domain/keys.ts";
import { oneLine } from "../../domain/text.ts";
import { canonicalText } from "./adf-text.ts";
import { toAdfComment } from "./adf.ts";
import type { Caller } from "./call.ts";
import { JiraRefusal } from "./errors.ts";
import type { Jira, RemoteLink } from "./jira.ts";
import { issuePath } from "./paths.ts";
import { Comments, Marker, type Comment } from "./schema.ts";
import * as sdk from "./sdk.ts";

export type CommentsApi = Pick<Jira, "hasComment" | "addComment" | "putRemoteLink">;

const markerProperty = "debrief.marker";
const commentsPerPage = 100;
const commentPagesMax = 2;
const titleUnitsMax = 255;

/** Takes what calls Jira, and how to tell whether an issue is still there; gives comments and links. */
export function createCommentsApi(caller: Caller, findIssue: Jira["findIssue"]): CommentsApi {
  return {
    hasComment: (id, marker) => hasComment(id, marker, caller),
    addComment: (id, text, marker) => addComment({ id, text, marker }, caller),
    putRemoteLink: (id, link) => putRemoteLink(id, link, { caller, findIssue }),
  };
}

/**
 * The marker as people see it, the last line of the comment. Jira's documents don't promise a comment's
 * properties in a listing (where it gives them, they outlast an edit of the text), so both are looked at.
 */
function reference(marker: string): string {
  return `(ref ${fingerprint(marker)})`;
}

async function hasComment(id: IssueId, marker: string, caller: Caller): Promise<boolean> {
  const issueIdOrKey = issuePath(id);
  for (let page = 0; page < commentPagesMax; page += 1) {
    const startAt = page * commentsPerPage;
    const { comments, total } = await caller.call(
      { what: `read the comments of issue ${id}`, kind: "read", isOfIssue: true },
      (client) =>
        sdk.getComments(client, {
          issueIdOrKey,
          startAt,
          maxResults: commentsPerPage,
          orderBy: "-created",
          expand: "properties",
        }),
      Comments,
    );
    if (comments.some((comment) => isMarked(comment, marker))) {
      return true;
    }
    if (comments.length === 0 || startAt + comments.length >= total) {
      return false;
    }
  }
  return false;
}

function isMarked({ body, properties }: Comment, marker: string): boolean {
  const isOurs = (properties ?? []).some(({ key, value }) => {
    return key === markerProperty && Marker.safeParse(value).data?.marker === marker;
  });
  return isOurs || canonicalText(body).split("\n").at(-1) === reference(marker);
}

async function addComment(
  { id, text, marker }: { readonly id: IssueId; readonly text: string; readonly marker: string },
  caller: Caller,
): Promise<boolean> {
  const issueIdOrKey = issuePath(id);
  const body = toAdfComment(text, reference(marker));
  try {
    await caller.call(
      { what: `comment on issue ${id}`, kind: "write", isOfIssue: true },
      (client) =>
        sdk.addComment(client, {
          issueIdOrKey,
          body: { ...body },
          properties: [{ key: markerProperty, value: { marker } }],
        }),
      z.unknown(),
    );
    return true;
  } catch (error) {
    if (error instanceof JiraRefusal && error.status === 403) {
      return false;
    }
    throw error;
  }
}

async function putRemoteLink(
  id: IssueId,
  { globalId, url, title, relationship }: RemoteLink,
  { caller, findIssue }: { readonly caller: Caller; readonly findIssue: Jira["findIssue"] },
): Promise<boolean> {
  const issueIdOrKey = issuePath(id);
  // Fields that are left out become null at Jira: the whole link goes every time.
  const link = {
    globalId,
    application: { type: "debrief", name: "Debrief" },
    relationship,
    object: { url, title: oneLine(title, { maxCodePoints: titleUnitsMax }) || url },
  };
  try {
    await caller.call(
      { what: `link issue ${id} to ${relationship}`, kind: "write", isOfIssue: true },
      (client) => sdk.createOrUpdateRemoteIssueLink(client, { issueIdOrKey, ...link }),
      z.unknown(),
    );
    return true;
  } catch (error) {
    if (!(error instanceof JiraRefusal)) {
      throw error;
    }
    // A site without issue linking has no such links: 404, while the issue is there.
    if (error.status === 404 && (await findIssue(id)) === undefined) {
      throw error;
    }
    return false;
  }
}
