import * as z from "zod/mini";

/** What the faulty bindings say, one JSON object a line of the Worker's log. */
export const Note = z.discriminatedUnion("soak", [
  /** A call was made to fail; of which events it was, where it is a ledger's about some. */
  z.object({
    soak: z.literal("failed"),
    of: z.string(),
    way: z.string(),
    ids: z.optional(z.array(z.string())),
  }),
  /** The policy store answered, with what begins so. */
  z.object({ soak: z.literal("read"), begin: z.string() }),
  /** The Worker acknowledged an event. */
  z.object({ soak: z.literal("acknowledged"), id: z.string() }),
  /** The ledger was told that these are done, or was not. */
  z.object({ soak: z.literal("remembered"), marks: z.array(z.string()) }),
  z.object({ soak: z.literal("forgotten"), marks: z.array(z.string()) }),
]);
export type Note = z.infer<typeof Note>;

/** Reads a line of the log; undefined when it is the Worker's own. */
export function noteOf(line: string): Note | undefined {
  return line.startsWith('{"soak":') ? Note.parse(JSON.parse(line)) : undefined;
}
