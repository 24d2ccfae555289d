// Tables as spreadsheets, databases and instruments write them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wish } from "./dialect";
import { TextRows } from "./text-rows";

function read(text: string, name = "a.csv", wish: Wish = {}): { names: string[]; rows: string[][]; leftOut: number; delimiter: string } {
  const bytes = new TextEncoder().encode(text);
  const rows = new TextRows(bytes.length, { name, wish });
  rows.push(bytes);
  rows.end();
  const { columns, rows: count, dialect } = rows.shape();
  return { names: columns.map((column) => column.name), rows: rows.rows(Array.from({ length: count }, (_, at) => at)), leftOut: dialect?.leftOut ?? 0, delimiter: dialect?.delimiter ?? "" };
}

test("spaces before quotes", () => {
  const { names, rows } = read('"Index", "Item", "Cost"\n1, "Paperclips, large", 4.97\n2, "Sunscreen, 8 oz", 6.68\n3, "Says ""hi"", twice", 1.00\n');
  assert.deepEqual(names, ["Index", "Item", "Cost"]);
  assert.deepEqual(rows, [["1", "Paperclips, large", "4.97"], ["2", "Sunscreen, 8 oz", "6.68"], ["3", 'Says "hi", twice', "1.00"]]);
});

test("quotes that a backslash escapes", () => {
  const { rows } = read('id,text,n\n1,"He said \\"hi, there\\"",2\n2,"a \\\\ b",3\n3,"plain",4\n');
  assert.deepEqual(rows, [["1", 'He said "hi, there"', "2"], ["2", "a \\ b", "3"], ["3", "plain", "4"]]);
  assert.deepEqual(read('path,n\n"C:\\temp\\",1\n"D:\\",2\n').rows, [["C:\\temp\\", "1"], ["D:\\", "2"]]);
});

test("single quotes are letters", () => {
  assert.deepEqual(read("id,'name, full',n\n1,'Smith, J',3\n").rows, [["1", "'Smith", " J'", "3"]]);
});

test("lines of comments before the head, and behind it", () => {
  const found = read("# Station 12, north shore; units: degC, hPa\n# created 2024-01-01\ntime,temp,pressure\n2024-01-01T00:00,3.4,1012\n# gap\n2024-01-01T01:00,3.1,1011\n");
  assert.deepEqual([found.names, found.rows.length, found.leftOut], [["time", "temp", "pressure"], 2, 3]);
  assert.deepEqual(read("% a\n% b\nx;y\n1;2\n").names, ["x", "y"]);
  // A colour or a number sign is no comment.
  assert.equal(read("colour,n\n#ff0000,1\n#00ff00,2\n").rows.length, 2);
  assert.deepEqual(read("# note\ncolour,n\n#ff0000,1\nred,2\n").rows, [["#ff0000", "1"], ["red", "2"]]);
});

test("a head behind a mark is a head", () => {
  assert.deepEqual(read("#name,city\nann,rome\nbob,paris\n"), { names: ["#name", "city"], rows: [["ann", "rome"], ["bob", "paris"]], leftOut: 0, delimiter: "," });
  assert.deepEqual(read("# x y z\n1.0 2.0 3.0\n4.0 5.0 6.0\n", "a.txt").rows.length, 2);
  assert.deepEqual(read("#chrom\tstart\tend\nchr1\t1\t5\nchr2\t2\t6\n", "a.bed").names, ["#chrom", "start", "end"]);
  assert.deepEqual(read("#Station 12, north, units\ntime,temp,p\n1,2,3\n2,3,4\n").names, ["time", "temp", "p"]);
  assert.deepEqual(read("x    y\n1,5  2,5\n3,5  4,5\n").rows, [["1,5", "2,5"], ["3,5", "4,5"]]);
});

test("heads of VCF and its like", () => {
  const found = read('##fileformat=VCFv4.2\n##INFO=<ID=DP,Number=1,Description="Depth, all">\n#CHROM\tPOS\tID\tINFO\nchr1\t100\trs1\tDP=3;X="a\nchr2\t200\t.\tDP=4\n', "calls.vcf");
  assert.deepEqual(found.names, ["#CHROM", "POS", "ID", "INFO"]);
  assert.deepEqual(found.rows, [["chr1", "100", "rs1", 'DP=3;X="a'], ["chr2", "200", ".", "DP=4"]]);
  assert.equal(found.leftOut, 2);
});

test("what instruments write before the head", () => {
  const text = "Logger 7\nSerial,12345\nSite,North\n\nTime,Temp,RH\n00:00,3.1,80\n00:10,3.2,81\n00:20,3.3,82\n";
  const found = read(text);
  assert.deepEqual([found.names, found.rows.length, found.leftOut], [["Time", "Temp", "RH"], 3, 4]);
  assert.equal(read(text, "a.csv", { skip: 0 }).rows.length + 1, 7);
});

test("quotes mean nothing in a file of tabs, unless its rows fall apart", () => {
  const stray = `gene\tnote\n${"G\tok\n".repeat(5)}BAD\t"5 prime end\n${"G\tok\n".repeat(300)}LAST\t3" long\n`;
  const found = read(stray, "a.tsv");
  assert.equal(found.rows.length, 307);
  assert.deepEqual(found.rows[5], ["BAD", '"5 prime end']);
  assert.deepEqual(read('a\tb\n"x\ty"\t1\n"z"\t2\n', "a.tsv").rows, [["x\ty", "1"], ["z", "2"]]);
  assert.deepEqual(read('a\tb\n"x"\t1\n', "a.tsv").rows, [['"x"', "1"]]);
  assert.deepEqual(read('a\tb\n"x"\t1\n', "a.tsv", { quotes: true }).rows, [["x", "1"]]);
});

test("ragged rows lose nothing", () => {
  const { names, rows } = read("a,b,c\n1,2\n3,4,5,6,7\n\n8,9,10\n");
  assert.deepEqual(names, ["a", "b", "c", "", ""]);
  assert.deepEqual(rows, [["1", "2"], ["3", "4", "5", "6", "7"], ["8", "9", "10"]]);
});

test("delimiters", () => {
  assert.deepEqual(read("x     y      z\n1.0   2.0    3.0\n  4.0   5.0    6.0  \n").rows, [["1.0", "2.0", "3.0"], ["4.0", "5.0", "6.0"]]);
  assert.deepEqual(read("a|b|c\n1|x, y|3\n2|z|4\n").rows[0], ["1", "x, y", "3"]);
  assert.deepEqual(read('"Größe";"Preis (€)"\n"1.234,56";"9,99 €"\n').rows, [["1.234,56", "9,99 €"]]);
  assert.deepEqual(read('name\n"Smith, J"\n"Doe; A"\nPlain\n').rows, [["Smith, J"], ["Doe; A"], ["Plain"]]);
  assert.deepEqual(read("sep=;\nx;y\n1;2\n"), { names: ["x", "y"], rows: [["1", "2"]], leftOut: 1, delimiter: ";" });
  assert.deepEqual(read('id,comment\n1,"first line\nsecond line\n\nfourth"\n2,"only one"\n').rows, [["1", "first line\nsecond line\n\nfourth"], ["2", "only one"]]);
  assert.deepEqual(read("a,b\n1;2,3\n", "a.csv", { delimiter: ";" }).rows, [["1", "2,3"]]);
  assert.deepEqual(read("name,score\rAnna,10\rBeth,20\rCarl,30\r").rows.length, 3);
  assert.deepEqual(read("sentence\nit was so\nand it went on for long\n").names, ["sentence"]);
});

test("numbers as heads", () => {
  assert.deepEqual(read(",0,1,2\n0,0.5,0.25,0.125\n1,1.5,1.25,1.125\n2,2.5,2.25,2.125\n").names, ["", "0", "1", "2"]);
  assert.deepEqual(read("country,1990,2000,2010\nA,1.5,2.3,3.1\nB,1.6,2.4,3.2\n").names, ["country", "1990", "2000", "2010"]);
  assert.deepEqual(read("1990,2000,2010\n1.5,2.3,3.1\n1.6,2.4,3.2\n").names, ["1990", "2000", "2010"]);
  assert.deepEqual(read("0,1,2,3\na,b,c,d\ne,f,g,h\n").names, ["0", "1", "2", "3"]);
  assert.deepEqual(read("sample,400.1,402.7,405.2\ns1,0.12,0.13,0.11\ns2,0.22,0.23,0.21\n").names, ["sample", "400.1", "402.7", "405.2"]);
  for (const data of ["1,2\n3,4\n", "5.1,3.5,1.4,setosa\n4.9,3.0,1.4,setosa\n6.3,3.3,6.0,virginica\n", "1990,5\n1991,6\n1992,7\n", "1,2,3\n4,5,6\n7,8,9\n"]) {
    assert.ok(read(data).names.every((name) => name === ""), data);
    assert.equal(read(data).rows.length, data.trim().split("\n").length);
  }
  assert.deepEqual(read("a,b\n1,2\n", "a.csv", { head: false }).rows, [["a", "b"], ["1", "2"]]);
});

test("heads as R writes them lack the first name", () => {
  const { names, rows } = read('"mpg" "cyl"\n"Mazda RX4" 21 6\n"Datsun 710" 22.8 4\n', "a.txt", { delimiter: " " });
  assert.deepEqual([names, rows], [["", "mpg", "cyl"], [["Mazda RX4", "21", "6"], ["Datsun 710", "22.8", "4"]]]);
});

test("names that are missing or twice, zeros in front, long numbers", () => {
  assert.deepEqual(read("id,value,value,,\n1,a,b,c,d\n2,e,f,g,h\n").names, ["id", "value", "value", "", ""]);
  assert.deepEqual(read("zip,phone,big\n00501,+4512345678,12345678901234567890\n").rows, [["00501", "+4512345678", "12345678901234567890"]]);
});
