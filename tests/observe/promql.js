// Reads a JSON list of PromQL expressions and says of each, as Prometheus' own
// editor understands it, what is wrong and what it uses:
//   {"errors": [..], "selectors": [{"text", "name", "labels", "rated"}],
//    "grouping": [..]}
// "rated": it stands in rate() or increase().

'use strict';

const { parser } = require('@prometheus-io/lezer-promql');

function find(node, name, found = []) {
  if (node.name === name) found.push(node);
  for (let child = node.firstChild; child; child = child.nextSibling) {
    find(child, name, found);
  }
  return found;
}

function isRated(node, text) {
  for (let above = node.parent; above; above = above.parent) {
    if (above.name === 'FunctionCall') {
      return /^(rate|increase)\b/.test(
          text.slice(above.from, above.to));
    }
    if (above.name === 'AggregateExpr' || above.name === 'BinaryExpr') {
      return false;
    }
  }
  return false;
}

function read(text) {
  const top = parser.parse(text).topNode;
  const part = (node) => text.slice(node.from, node.to);
  const errors = [];
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) errors.push(`at ${node.from}: ${text}`);
    },
  });
  return {
    errors,
    selectors: find(top, 'VectorSelector').map((selector) => ({
      text: part(selector),
      name: find(selector, 'Identifier').map(part)[0] ?? '',
      labels: find(selector, 'LabelName').map(part),
      rated: isRated(selector, text),
    })),
    grouping: find(top, 'GroupingLabels').flatMap(
        (labels) => find(labels, 'LabelName').map(part)),
  };
}

let input = '';
process.stdin.on('data', (chunk) => { input += chunk; });
process.stdin.on('end', () => {
  console.log(JSON.stringify(JSON.parse(input).map(read)));
});
