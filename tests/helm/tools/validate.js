'use strict';
// Checks Kubernetes objects (a JSON array on stdin) against the schemas of the
// API and of the CRDs in use, and finds fields that no schema knows. Prints a
// JSON array with a list of problems for each object.
//
// The packages' validators are compiled and let unknown fields pass. But a
// validator asks an object for every field that it knows; so what an object
// has and was never asked for is unknown. An object that was asked for nothing
// at all is one whose content the schema leaves open.

const path = require('path');
const {createRequire} = require('module');

const home = path.resolve(process.argv[2]);
const load = createRequire(path.join(home, 'package.json'));

const CRDS = {
  'cert-manager.io': '@kubernetes-models/cert-manager',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
};

function modelOf(object) {
  const group = object.apiVersion.includes('/') ?
      object.apiVersion.split('/')[0] : '';
  const crds = CRDS[group];
  const folder = `${crds || 'kubernetes-models'}/${object.apiVersion}`;
  return load(`${folder}/${object.kind}`)[object.kind];
}

class Watcher {
  constructor() {
    this.seen = new Map();  // target -> {proxy, asked, where}
  }

  watch(target, where) {
    if (target === null || typeof target !== 'object') return target;
    const known = this.seen.get(target);
    if (known) return known.proxy;
    const entry = {asked: new Set(), where};
    entry.proxy = new Proxy(target, {
      get: (from, key) => {
        if (typeof key === 'symbol') return from[key];
        if (!Array.isArray(from)) entry.asked.add(key);
        const value = from[key];
        return typeof value === 'function' ?
            value : this.watch(value, `${where}/${key}`);
      },
    });
    this.seen.set(target, entry);
    return entry.proxy;
  }

  unknown() {
    const found = [];
    for (const [target, entry] of this.seen) {
      if (Array.isArray(target) || entry.asked.size === 0) continue;
      for (const key of Object.keys(target)) {
        if (!entry.asked.has(key)) {
          found.push(`${entry.where}/${key}: unknown field`);
        }
      }
    }
    return found;
  }
}

function problemsOf(object) {
  let model;
  try {
    model = modelOf(object);
  } catch (error) {
    return [`no schema of ${object.apiVersion} ${object.kind}`];
  }
  const watcher = new Watcher();
  const problems = [];
  try {
    // Older models find their schema through the prototype.
    const root = Object.assign(Object.create(model.prototype), object);
    model.prototype.validate.call(watcher.watch(root, ''));
  } catch (error) {
    problems.push(String(error.message || error));
  }
  return problems.concat(watcher.unknown());
}

let text = '';
process.stdin.on('data', chunk => { text += chunk; });
process.stdin.on('end', () => {
  process.stdout.write(JSON.stringify(JSON.parse(text).map(problemsOf)));
});
