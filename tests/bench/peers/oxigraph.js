// SPDX-License-Identifier: Apache-2.0
// Oxigraph (the npm package, WebAssembly, in memory), measured: one JSON object a line.
//     node oxigraph.js MODULES FILE.nt SECONDS QUERY.rq...     each until it took so many seconds
'use strict';
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const [modules, file, limit, ...queries] = process.argv.slice(2);
const oxigraph = createRequire(path.resolve(modules) + '/')('oxigraph');

function cpuMs(since) {
    const used = process.cpuUsage(since);
    return (used.user + used.system) / 1000;
}

function peakKib() {
    return process.resourceUsage().maxRSS;
}

function median(sorted) {
    return sorted[sorted.length >> 1];
}

// A string of JavaScript holds half a gigabyte at most: the file goes in by pieces of whole lines.
function load(store) {
    const piece = Buffer.alloc(64 << 20);
    const input = fs.openSync(file);
    let rest = Buffer.alloc(0);
    for (let read; (read = fs.readSync(input, piece, 0, piece.length, null)) > 0;) {
        const bytes = Buffer.concat([rest, piece.subarray(0, read)]);
        const end = bytes.lastIndexOf(10) + 1;
        store.load(bytes.subarray(0, end).toString(),
            { format: 'application/n-triples', lenient: true, no_transaction: true });
        rest = Buffer.from(bytes.subarray(end));
    }
    fs.closeSync(input);
}

function measure(store, query) {
    const text = fs.readFileSync(query, 'utf8');
    const wall = [], cpu = [];
    let rows = 0, firstEnd = 0;
    const begin = performance.now();
    do {
        const before = process.cpuUsage(), start = performance.now();
        rows = store.query(text).length;
        wall.push(performance.now() - start);
        cpu.push(cpuMs(before));
        firstEnd = firstEnd || performance.now();
    } while (performance.now() - begin < limit * 1000);
    const since = firstEnd - started;
    wall.sort((a, b) => a - b);
    cpu.sort((a, b) => a - b);
    return { query: path.basename(query, '.rq'), rows, runs: wall.length, median_ms: median(wall),
        min_ms: wall[0], max_ms: wall[wall.length - 1], cpu_ms: median(cpu),
        since_start_ms: since, peak_kib: peakKib() };
}

const started = performance.now();
const store = new oxigraph.Store();
load(store);
console.log(JSON.stringify({ load_s: (performance.now() - started) / 1000,
    load_cpu_s: cpuMs() / 1000, peak_kib: peakKib() }));
for (const query of queries)
    console.log(JSON.stringify(measure(store, query)));
