/** Reads PromQL with Prometheus's own grammar. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Selection {
  metric: string;
  /** Labels that are matched on. */
  labels: string[];
}

export interface Query {
  /** Places that are no PromQL. */
  errors: string[];
  selections: Selection[];
  /** Labels that results are grouped by. */
  grouping: string[];
}

/** Takes an expression apart. */
export const readPromql = (expression: string): Query => {
  const query: Query = { errors: [], selections: [], grouping: [] };
  const text = (node: { from: number; to: number }): string => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({
    enter: ({ type, node }) => {
      if (type.isError) query.errors.push(`${text(node)} at ${node.from}`);
      if (type.name === 'VectorSelector') {
        const name = node.getChild('Identifier') ?? node.firstChild;
        query.selections.push({ metric: name === null ? '' : text(name), labels: [] });
      }
      if (type.name === 'LabelName') {
        if (node.parent?.name === 'GroupingLabels') query.grouping.push(text(node));
        else query.selections.at(-1)?.labels.push(text(node));
      }
    },
  });
  return query;
};
