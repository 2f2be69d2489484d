/** What tests read and make through Notion's API, as another connection with the same rights. */

import { z } from "zod";
import type { World } from "./world.ts";

/** Gives the answer's body; throws with it when it is a refusal. */
export async function askNotion(
  world: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const environment: Readonly<Record<string, string | undefined>> = world.notion.environment();
  const answer = await fetch(`${world.notion.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${environment["NOTION_TOKEN"] ?? ""}`,
      "notion-version": "2026-03-11",
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`Notion refused ${method} ${path}: ${text}`);
  }
  return JSON.parse(text);
}

const Comments = z.object({
  results: z.array(z.object({ rich_text: z.array(z.object({ plain_text: z.string() })) })),
});

/** The texts of the comments on a page, oldest first. */
export async function commentsOn(world: World, page: string): Promise<readonly string[]> {
  const answer = await askNotion(world, "GET", `/v1/comments?block_id=${page}`);
  return Comments.parse(answer).results.map(({ rich_text }) =>
    rich_text.map(({ plain_text }) => plain_text).join(""),
  );
}

const Users = z.object({ results: z.array(z.object({ id: z.string(), name: z.string() })) });

/** A member's id by name. */
export async function notionUser(world: World, name: string): Promise<string> {
  const { results } = Users.parse(await askNotion(world, "GET", "/v1/users"));
  const user = results.find((one) => one.name === name);
  if (user === undefined) {
    throw new Error(`Notion knows no ${name}`);
  }
  return user.id;
}
