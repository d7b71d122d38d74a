/**
 * YAML 1.2 to plain values that know their lines.
 *
 * The document's own structure is walked rather than converted by the library, so that a key that stands twice is reported
 * with its path, and so that what the library would guess about (unknown tags, keys that are no text) is a fault.
 */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import { pathText, type Fault, type Path } from './fault.ts';

export interface YamlText {
  /** Undefined when there is nothing to read. */
  root: unknown;
  faults: Fault[];
  /** The line of the value at a path, or of the nearest thing around it. */
  lineOf: (path: Path) => number;
}

/** Aliases may unfold into more than the file says; a configuration is small and flat. */
const mostNodes = 100_000;
const deepest = 20;

const keyOf = (path: Path): string => JSON.stringify(path);

class Walk {
  readonly faults: Fault[] = [];
  readonly lines = new Map<string, number>();
  private nodes = 0;
  private readonly anchors = new Map<string, unknown>();
  private readonly counter: LineCounter;

  constructor(counter: LineCounter) {
    this.counter = counter;
  }

  line(node: unknown): number {
    const range = (node as Partial<Node> | null | undefined)?.range;
    return range === null || range === undefined ? 1 : this.counter.linePos(range[0]).line;
  }

  private fault(node: unknown, path: Path, message: string): undefined {
    this.faults.push({ line: this.line(node), path: pathText(path), message });
    return undefined;
  }

  value(node: unknown, path: Path): unknown {
    this.nodes += 1;
    const isTooMuch = this.nodes > mostNodes || path.length > deepest;
    if (isTooMuch) return this.fault(node, path, 'is nested too deeply');
    if (!this.lines.has(keyOf(path))) this.lines.set(keyOf(path), this.line(node));
    if (isAlias(node)) {
      return this.anchors.has(node.source)
        ? this.value(this.anchors.get(node.source), path)
        : this.fault(node, path, `has no anchor &${node.source} before it`);
    }
    if (isNode(node) && node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, index) => this.value(item, [...path, index]));
    if (isMap(node)) return this.mapping(node.items, path);
    return null;
  }

  private mapping(pairs: readonly { key: unknown; value: unknown }[], path: Path): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const pair of pairs) {
      const key = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : undefined;
      if (key === undefined) {
        this.fault(pair.key, path, 'has a key that is no text');
        continue;
      }
      const at = [...path, key];
      const before = this.lines.get(keyOf(at));
      if (entries.has(key)) {
        this.fault(pair.key, at, `stands here a second time, after line ${before ?? '?'}`);
        continue;
      }
      this.lines.set(keyOf(at), this.line(pair.key));
      entries.set(key, this.value(pair.value, at));
    }
    return Object.fromEntries(entries);
  }
}

/** Reads one document; all that is wrong with it as YAML is in `faults`. */
export const readYaml = (text: string): YamlText => {
  const counter = new LineCounter();
  const parsed = parseAllDocuments(text, {
    version: '1.2',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: counter,
  });
  const documents: Document[] = Array.isArray(parsed) ? parsed : [];
  const nothing = (faults: Fault[]): YamlText => ({ root: undefined, faults, lineOf: () => 1 });

  const faultOf = ({ pos, message }: YAMLError): Fault => ({
    line: counter.linePos(pos[0]).line,
    path: '',
    message: message.replace(/^./, (letter) => letter.toLowerCase()),
  });
  const syntax = documents.flatMap((document) => document.errors).map(faultOf);
  if (syntax.length > 0) return nothing(syntax);

  const [document, second] = documents;
  if (document === undefined || document.contents === null) {
    return nothing([
      { line: 1, path: '', message: 'the file is empty; a configuration that says nothing is {}' },
    ]);
  }
  if (second !== undefined) {
    const { line } = counter.linePos(second.range?.[0] ?? 0);
    return nothing([
      { line, path: '', message: 'a second document starts here; the file may hold only one' },
    ]);
  }

  const walk = new Walk(counter);
  const root = walk.value(document.contents, []);
  const lineOf = (path: Path): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const line = walk.lines.get(keyOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  };
  // Such as a tag that nobody knows: the value is read all the same, and the rest can be judged.
  const doubtful = document.warnings.map(faultOf);
  return { root, faults: [...doubtful, ...walk.faults], lineOf };
};
