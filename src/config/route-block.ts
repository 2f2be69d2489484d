/** The form of debrief.yaml's `routes`, each taken for itself. */

import { z } from "zod";
import { Name, NameOrId, oneOrMore, textOf } from "./forms.ts";
import { RouteJiraBlock } from "./jira-block.ts";
import { parseDataSourceId, quoted, type Parsed } from "./setting.ts";

const routesMax = 200;
const namesMax = 200;

function parseTemplate(raw: string): Parsed<string> {
  return /^\w[\w.-]{0,100}\.md$/.test(raw)
    ? { value: raw }
    : {
        problem: `must be the name of a file in the templates' folder, such as short.md, not ${quoted(raw)}`,
      };
}

const whenShape = {
  service: oneOrMore(NameOrId, namesMax).optional(),
  team: oneOrMore(NameOrId, namesMax).optional(),
};
const DataSourceId = textOf(parseDataSourceId);
const notionShape = { post_mortems: DataSourceId, action_items: DataSourceId };
const routeShape = {
  name: Name,
  when: z.strictObject(whenShape).nullish(),
  skip: z.boolean().optional(),
  template: textOf(parseTemplate).optional(),
  notion: z
    .strictObject(notionShape)
    .refine(({ post_mortems, action_items }) => post_mortems !== action_items, {
      error: "post_mortems and action_items are the same; they are the ids of two data sources",
    })
    .nullish(),
  jira: RouteJiraBlock.nullish(),
};

const RouteBlock = z.strictObject(routeShape);
export type RouteBlock = z.infer<typeof RouteBlock>;
export const RouteBlocks = z.array(RouteBlock).max(routesMax);

/** The keys of a route and of what stands below it. */
export const routeKeys = {
  own: Object.keys(routeShape),
  when: Object.keys(whenShape),
  notion: Object.keys(notionShape),
} as const;
