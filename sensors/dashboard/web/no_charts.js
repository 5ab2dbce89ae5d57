// SPDX-License-Identifier: Apache-2.0
// Built without chart.js: page.js says so.
