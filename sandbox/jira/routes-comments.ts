/** Comments: listed in pages, added with properties, rewritten and deleted. */

import type { Answer } from "../core/router.ts";
import { isDocument, isValidDocument } from "./adf.ts";
import { readProperties, requireNotArchived } from "./edit-rules.ts";
import { refuse, refuseFields } from "./errors.ts";
import { may, projectOf } from "./find.ts";
import type { Comment, Fields, Issue, User, World } from "./model.ts";
import { renderComment } from "./render.ts";
import {
  bodyOf,
  inV3,
  listParameter,
  pageOf,
  requestedIssue,
  userOf,
  type Api,
  type Call,
  type CallHandler,
} from "./rest.ts";
import { addComment, deleteComment, updateComment } from "./world.ts";

/** GET, POST issue/{id}/comment · GET, PUT, DELETE issue/{id}/comment/{id}. */
export function commentHandlers({ world }: Api): CallHandler[] {
  const path = "/issue/:issueIdOrKey/comment";
  const one = `${path}/:commentId`;
  return [
    { method: "GET", path, isOpen: true, handle: (call) => list(world, call) },
    { method: "POST", path, handle: (call) => add(world, call) },
    {
      method: "GET",
      path: one,
      isOpen: true,
      handle(call) {
        const { issue, comment } = requestedComment(world, call);
        return { status: 200, body: shown(world, call, issue, comment) };
      },
    },
    { method: "PUT", path: one, handle: (call) => update(world, call) },
    { method: "DELETE", path: one, handle: (call) => remove(world, call) },
  ];
}

function list(world: World, call: Call): Answer {
  const issue = requestedIssue(world, call);
  const order = call.request.query.get("orderBy") ?? "created";
  if (!["created", "-created", "+created"].includes(order)) {
    refuse(400, `The orderBy value '${order}' is not supported.`);
  }
  const all = order === "-created" ? issue.comments.toReversed() : issue.comments;
  const { page, startAt, maxResults } = pageOf(call, all, 100);
  const comments = page.map((comment) => shown(world, call, issue, comment));
  return { status: 200, body: { startAt, maxResults, total: all.length, comments } };
}

/** With `expand=properties` the properties, too. */
function shown(world: World, call: Call, issue: Issue, comment: Comment): Fields {
  const body = renderComment(inV3(world), issue, comment);
  const expand = listParameter(call, "expand") ?? [];
  const properties = [...comment.properties].map(([key, value]) => ({ key, value }));
  return expand.includes("properties") ? { ...body, properties } : body;
}

function add(world: World, call: Call): Answer {
  const user = userOf(call);
  const issue = requestedIssue(world, call);
  requireComment(world, user, issue);
  const comment = addComment(world, user, issue, readComment(bodyOf(call)));
  return { status: 201, body: shown(world, call, issue, comment) };
}

function requireComment(world: World, user: User, issue: Issue): void {
  requireNotArchived(issue);
  if (!may(user, "ADD_COMMENTS", projectOf(world, issue.state))) {
    refuse(403, "You do not have the permission to comment on this issue.");
  }
}

/** The body and the properties of a comment. */
export function readComment(body: Fields): {
  readonly body: Fields;
  readonly properties: Map<string, unknown>;
} {
  const document = body["body"];
  if (!isDocument(document)) {
    return refuseFields({ comment: "Comment body is not valid!" });
  }
  if (!isValidDocument(document)) {
    refuse(400, "INVALID_INPUT");
  }
  const content = document["content"];
  if (Array.isArray(content) && content.length === 0) {
    refuseFields({ comment: "Comment body can not be empty!" });
  }
  return { body: document, properties: readProperties(body["properties"]) };
}

function requestedComment(
  world: World,
  call: Call,
): { readonly issue: Issue; readonly comment: Comment } {
  const issue = requestedIssue(world, call);
  const id = call.param("commentId");
  const comment = issue.comments.find((one) => one.id === id);
  return comment === undefined
    ? refuse(404, `Can not find a comment for the id: ${id}.`)
    : { issue, comment };
}

function update(world: World, call: Call): Answer {
  const user = userOf(call);
  const { issue, comment } = requestedComment(world, call);
  requireComment(world, user, issue);
  if (comment.authorId !== user.accountId && !user.isAdmin) {
    refuse(400, `${user.displayName}, you do not have the permission to edit this comment.`);
  }
  const { body, properties } = readComment(bodyOf(call));
  updateComment(world, user, issue, { comment, body });
  for (const [key, value] of properties) {
    comment.properties.set(key, value);
  }
  return { status: 200, body: shown(world, call, issue, comment) };
}

function remove(world: World, call: Call): Answer {
  const user = userOf(call);
  const { issue, comment } = requestedComment(world, call);
  requireComment(world, user, issue);
  if (comment.authorId !== user.accountId && !user.isAdmin) {
    refuse(400, `${user.displayName}, you do not have the permission to delete this comment.`);
  }
  deleteComment(world, user, issue, comment);
  return { status: 204 };
}
