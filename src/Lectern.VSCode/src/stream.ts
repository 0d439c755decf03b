// What goes over the host's standard input and output: one JSON object a line. README.md describes it.

/** Forms of one output, by MIME type: text, or JSON where the type is JSON. */
export type Bundle = Record<string, unknown>;

export interface Display { data: Bundle; metadata?: Record<string, unknown>; transient?: { display_id?: string } }
export interface Failure { ename: string; evalue: string; traceback?: string[] }

/** What a running cell says before its reply. */
export type CellMessage =
    | { type: 'started'; content: object }
    | { type: 'stream'; content: { name: 'stdout' | 'stderr'; text: string } }
    | { type: 'display_data'; content: Display }
    | { type: 'update_display_data'; content: Display }
    | { type: 'execute_result'; content: Display & { execution_count: number } }
    | { type: 'error'; content: Failure }
    | { type: 'clear_output'; content: { wait: boolean } }
    | { type: 'input_request'; content: { prompt: string; password: boolean } };

export type Reply = { status: 'ok' | 'error' } & Partial<Failure>;
export type ExecuteReply = Reply & { execution_count?: number; milliseconds?: number };
export type CompleteReply = Reply & { start: number; end: number; items: { text: string; kind: string; description?: string }[] };
export type HoverReply = Reply & { found: boolean; markdown: string; start: number; end: number };
export type SignatureReply = Reply & {
    signatures: { label: string; documentation?: string; parameters: { start: number; end: number; documentation?: string }[] }[];
    signature: number;
    parameter: number;
};
export type DiagnoseReply = Reply & { problems: { start: number; end: number; severity: 'error' | 'warning'; code: string; message: string }[] };
export type DefineReply = Reply & {
    places: ({ file: string; line: number; column: number } | { cell: number; start: number; end: number })[];
};
export type VariablesReply = Reply & { variables: Variable[] };
export interface Variable { name: string; type: string; shape: string; value: string }

/** Divides a byte stream into lines; a line that never ends is bounded by the memory given to it. */
export class Lines {
    private parts: Buffer[] = [];

    constructor(private readonly each: (line: string) => void) {}

    take(chunk: Buffer): void {
        let start = 0;
        for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
            this.parts.push(chunk.subarray(start, end));
            const line = (this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts)).toString('utf8').trim();
            this.parts = [];
            start = end + 1;
            if (line) this.each(line);
        }
        if (start < chunk.length) this.parts.push(chunk.subarray(start));
    }
}
