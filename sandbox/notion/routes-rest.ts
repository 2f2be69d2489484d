/** Notion's calls for users, comments and search. */

import { Refusal, type Route } from "../core/router.ts";
import { heldParent, notionRoute, parentOf, type Api, type Call } from "./api.ts";
import { fieldsOf, idOf, textOf, wordOf } from "./check.ts";
import { errorAnswer, refuseMissing } from "./errors.ts";
import type { Comment, Fields, Parent, World } from "./model.ts";
import { cutPage, listObject, type PageOfList } from "./paging.ts";
import { titleOf } from "./property.ts";
import { renderComment, renderDataSource, renderPage, renderUser } from "./render.ts";
import { parseRichText, plainText } from "./rich-text.ts";
import {
  eventParent,
  getContainer,
  indexedState,
  isShared,
  isTrashed,
  namesIn,
  newStamp,
  pageOf,
} from "./world.ts";

export function userRoutes(api: Api): Route[] {
  const { world } = api;
  return [
    notionRoute(api, {
      method: "GET",
      path: "/v1/users/me",
      handle: () => renderUser(world, world.bot),
    }),
    notionRoute(api, {
      method: "GET",
      path: "/v1/users",
      handle(call) {
        checkCapability(world);
        const users = [...world.users.values()].filter((user) => user.listed);
        const page = cut(
          call,
          users.map((user) => user.id),
          "users",
        );
        const shown = users.filter((user) => page.ids.includes(user.id));
        return listObject(
          "user",
          shown.map((user) => renderUser(world, user)),
          page,
        );
      },
    }),
    notionRoute(api, {
      method: "GET",
      path: "/v1/users/:user_id",
      handle(call) {
        checkCapability(world);
        const id = call.id("user_id");
        return renderUser(world, world.users.get(id) ?? refuseMissing("user", id));
      },
    }),
  ];
}

function checkCapability(world: World): void {
  requireCapability(world.settings.userInformation !== "none");
}

function requireCapability(isThere: boolean): void {
  if (!isThere) {
    const message = "Insufficient permissions for this endpoint.";
    throw new Refusal(errorAnswer(403, "restricted_resource", message));
  }
}

function cut(call: Call, ids: readonly string[], listing: string): PageOfList {
  const { query } = call.request;
  const size = query.get("page_size") ?? undefined;
  return cutPage(ids, listing, { cursor: query.get("start_cursor"), size, path: "query" });
}

export function commentRoutes(api: Api): Route[] {
  const { world } = api;
  return [
    notionRoute(api, {
      method: "POST",
      path: "/v1/comments",
      holds: heldParent,
      handle: (call) => createComment(world, call),
    }),
    notionRoute(api, {
      method: "GET",
      path: "/v1/comments",
      handle(call) {
        requireCapability(world.settings.comments);
        const on = idOf(call.request.query.get("block_id") ?? undefined, "query.block_id");
        getContainer(world, on);
        const found = [...world.comments.values()].filter((one) => holderOf(one.parent) === on);
        const page = cut(
          call,
          found.map((one) => one.id),
          `comments ${on}`,
        );
        const shown = found.filter((one) => page.ids.includes(one.id));
        return listObject("comment", shown.map(renderComment), page);
      },
    }),
  ];
}

function holderOf(parent: Parent): string {
  if (parent.type === "page_id") {
    return parent.page_id;
  }
  return parent.type === "block_id" ? parent.block_id : "";
}

function createComment(world: World, call: Call): Fields {
  requireCapability(world.settings.comments);
  const body = fieldsOf(call.body, "body", ["parent", "discussion_id", "rich_text"]);
  const known = [...world.comments.values()].find(
    (one) => one.discussionId === body["discussion_id"],
  );
  const richText = parseRichText(body["rich_text"], "body.rich_text", namesIn(world));
  const comment: Comment = {
    id: world.random.uuid(),
    parent: known?.parent ?? commentParent(world, body),
    discussionId: known?.discussionId ?? world.random.uuid(),
    richText,
    stamp: newStamp(world, world.bot.id),
  };
  world.comments.set(comment.id, comment);
  const on = holderOf(comment.parent);
  world.emit({
    type: "comment.created",
    entity: { id: comment.id, type: "comment" },
    author: world.bot,
    parent: { id: on, type: world.pages.has(on) ? "page" : "block" },
    data: { page_id: pageOf(world, on)?.id ?? eventParent(world, on)["id"] },
  });
  return renderComment(comment);
}

function commentParent(world: World, body: Fields): Parent {
  const { key, id } = parentOf(body["parent"], "body.parent", ["page_id", "block_id"]);
  getContainer(world, id);
  return key === "page_id" ? { type: "page_id", page_id: id } : { type: "block_id", block_id: id };
}

/** Titles only, and as late as queries. */
export function searchRoutes(api: Api): Route[] {
  return [
    notionRoute(api, {
      method: "POST",
      path: "/v1/search",
      reads: true,
      handle: (call) => search(api.world, call),
    }),
  ];
}

function search(world: World, call: Call): Fields {
  const body = fieldsOf(call.body, "body", [
    "query",
    "filter",
    "sort",
    "start_cursor",
    "page_size",
  ]);
  const words = textOf(body["query"] ?? "", "body.query").toLowerCase();
  const filter = fieldsOf(body["filter"] ?? {}, "body.filter", ["property", "value"]);
  const only =
    filter["value"] === undefined
      ? undefined
      : wordOf(filter["value"], "body.filter.value", ["page", "data_source"]);
  const found = new Map<string, Fields>();
  for (const page of only === "data_source" ? [] : world.pages.values()) {
    const state = indexedState(world, page);
    const isVisible = state !== undefined && !state.inTrash && isShared(world, page.id);
    if (isVisible && titleOf(state.values).toLowerCase().includes(words)) {
      found.set(page.id, renderPage(world, page, [], state));
    }
  }
  for (const source of only === "page" ? [] : world.dataSources.values()) {
    const title = plainText(source.title).toLowerCase();
    if (title.includes(words) && isShared(world, source.id) && !isTrashed(world, source.id)) {
      found.set(source.id, renderDataSource(world, source));
    }
  }
  const page = cutPage([...found.keys()], `search ${words} ${only ?? ""}`, {
    cursor: body["start_cursor"],
    size: body["page_size"],
    path: "body",
  });
  return listObject(
    "page_or_data_source",
    page.ids.map((id) => found.get(id)),
    page,
  );
}
