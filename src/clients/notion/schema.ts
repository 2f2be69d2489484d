/** What Notion answers, as far as Debrief reads it. Unknown keys are dropped; nothing else is trusted. */

import { z } from "zod";

export const ErrorBody = z.object({
  code: z.string().catch("unknown"),
  message: z.string().catch(""),
  request_id: z.string().optional().catch(undefined),
  additional_data: z
    .object({
      rate_limit_reason: z.string().optional().catch(undefined),
      retry_after: z.string().optional().catch(undefined),
      block_limit: z.string().optional().catch(undefined),
      committed_resource_id: z.string().optional().catch(undefined),
      committed_child_ids: z.array(z.string()).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

export const Identified = z.object({ id: z.string() });
export type Identified = z.infer<typeof Identified>;

/** What a piece of text points at; only the key of its own kind is there. */
const Mention = z.object({
  user: Identified.optional().catch(undefined),
  page: Identified.optional().catch(undefined),
  date: z.object({ start: z.string() }).optional().catch(undefined),
});

export const RichText = z.array(
  z.object({
    plain_text: z.string().catch(""),
    href: z.string().nullish().catch(undefined),
    mention: Mention.optional().catch(undefined),
  }),
);
export type RichText = z.infer<typeof RichText>;

/** One property of a page. Only the key of its own type is there. */
export const Property = z.object({
  type: z.string(),
  title: RichText.optional(),
  rich_text: RichText.optional(),
  url: z.string().nullish(),
  number: z.number().nullish(),
  select: z.object({ name: z.string() }).nullish(),
  multi_select: z.array(z.object({ name: z.string() })).optional(),
  status: z.object({ name: z.string() }).nullish(),
  date: z.object({ start: z.string() }).nullish(),
  people: z.array(Identified).optional(),
  relation: z.array(Identified).optional(),
});
export type Property = z.infer<typeof Property>;

export const Page = z.object({
  id: z.string(),
  url: z.string().catch(""),
  created_time: z.string(),
  last_edited_time: z.string().optional().catch(undefined),
  in_trash: z.boolean().catch(false),
  parent: z
    .object({ data_source_id: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  last_edited_by: z.object({ id: z.string() }).optional().catch(undefined),
  // A property of a kind that we do not know must not make the page unreadable.
  properties: z.record(z.string(), Property.optional().catch(undefined)),
});
export type Page = z.infer<typeof Page>;

export const CreatedPage = z.object({
  id: z.string(),
  url: z.string().optional().catch(undefined),
});
export type CreatedPage = z.infer<typeof CreatedPage>;

const Text = z
  .object({ rich_text: RichText.catch([]) })
  .optional()
  .catch(undefined);
const ToDo = z
  .object({ rich_text: RichText.catch([]), checked: z.boolean().catch(false) })
  .optional()
  .catch(undefined);
const Titled = z
  .object({ title: z.string().catch("") })
  .optional()
  .catch(undefined);

export const Block = z.object({
  id: z.string(),
  type: z.string().catch("unsupported"),
  has_children: z.boolean().catch(false),
  in_trash: z.boolean().catch(false),
  last_edited_by: z.object({ id: z.string() }).optional().catch(undefined),
  paragraph: Text,
  heading_1: Text,
  heading_2: Text,
  heading_3: Text,
  heading_4: Text,
  bulleted_list_item: Text,
  numbered_list_item: Text,
  to_do: ToDo,
  toggle: Text,
  quote: Text,
  callout: Text,
  code: Text,
  child_page: Titled,
  child_database: Titled,
  table_row: z
    .object({ cells: z.array(RichText) })
    .optional()
    .catch(undefined),
});
export type Block = z.infer<typeof Block>;

/** One page of any listing; the results are parsed one by one. */
export const Listing = z.object({
  results: z.array(z.unknown()),
  next_cursor: z.string().nullish(),
  has_more: z.boolean().catch(false),
  /** `incomplete` where a query has more than the 10,000 results that Notion gives. */
  request_status: z.object({ type: z.string() }).optional().catch(undefined),
});
export type Listing = z.infer<typeof Listing>;

export const DataSource = z.object({
  id: z.string(),
  url: z.string().optional().catch(undefined),
  in_trash: z.boolean().catch(false),
  properties: z.record(
    z.string(),
    z.object({
      type: z.string(),
      status: z
        .object({ options: z.array(z.object({ name: z.string() })) })
        .optional()
        .catch(undefined),
      relation: z.object({ data_source_id: z.string().optional() }).optional().catch(undefined),
    }),
  ),
});
export type DataSource = z.infer<typeof DataSource>;

export const Database = z.object({
  data_sources: z.array(z.object({ id: z.string(), name: z.string().catch("") })),
});
export type Database = z.infer<typeof Database>;

export const User = z.object({
  id: z.string(),
  type: z.string().optional().catch(undefined),
  name: z.string().nullish().catch(undefined),
  person: z
    .object({ email: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
export type User = z.infer<typeof User>;

export const Comment = z.object({ rich_text: RichText.catch([]) });
export type Comment = z.infer<typeof Comment>;
