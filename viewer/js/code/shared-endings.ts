// Endings that several languages share, told apart by what stands in the text, after GitHub's Linguist (`heuristics.yml`). Pure; the
// language's choice calls it. It refuses to guess: where no sign of any is there, the ending's language is the one named last, or none.

/** A text without colours: its language has none here. */
export const PLAIN = "plain";

type Sign = readonly [RegExp, string];

const ANY = /^/;

const XML = /^\s*(?:<\?xml\b|<!DOCTYPE TS\b|<TS\b)/;

/** The first sign that is there; `ANY` is what the ending means otherwise. */
export const SHARED: readonly (readonly [RegExp, readonly Sign[]])[] = [
  [/\.pl$/i, [
    [/^\s*:-|^[a-z]\w*\([^()]*\)\s*(?::-|\.\s*$)|^%.*\n\s*:-/m, PLAIN],
    [/^\s*(?:use\s+v6\b|(?:my\s+)?class\s+\w+.*\{|multi\s+(?:sub|method)\b|unit\s+module)/m, PLAIN],
    [ANY, "perl"],
  ]],
  [/\.pm$/i, [[/^\s*(?:use\s+v6\b|unit\s+(?:module|class)|grammar\s+\w+)/m, PLAIN], [/^\s*\/\* XPM \*\//, "c"], [ANY, "perl"]]],
  [/\.t$/i, [[/^\s*(?:use\s+(?:strict|warnings|Test::|v?5)|my\s+[$@%])/m, "perl"], [ANY, PLAIN]]],
  [/\.(?:pro|prolog)$/i, [
    [/^\s*:-|^[a-z]\w*\([^()]*\)\s*(?::-|\.\s*$)/m, PLAIN],
    [/^\s*(?:QT|TEMPLATE|SOURCES|HEADERS|CONFIG|TARGET)\s*[+=]/m, "properties files"],
    [/^\s*(?:pro|function)\s+\w+\s*,|^\s*(?:compile_opt|end(?:for|if)?)\b/im, "idl"],
    [ANY, PLAIN],
  ]],
  [/\.ts$/i, [[XML, "xml"], [ANY, "typescript"]]],
  [/\.tsx$/i, [[/^\s*<\?xml\b/, "xml"], [ANY, "tsx"]]],
  [/\.v$/i, [
    [/^\s*(?:Theorem|Lemma|Proof|Require|Definition|Inductive|Fixpoint|Section|Import|From\s+\w+\s+Require|Corollary|Notation|Ltac)\b|\(\*[\s\S]*?\*\)|\bQed\./m, PLAIN],
    [/^\s*(?:`(?:define|timescale|include|ifdef|ifndef|default_nettype)\b|module\s+\w+\s*(?:#|\(|;)|endmodule\b|always\s*@|initial\s+begin)/m, "verilog"],
    [/^\s*(?:(?:pub\s+)?fn\s+\w+|module\s+\w+\s*$|import\s+\w+\s*$|struct\s+\w+\s*\{|mut\s+\w+\s*:=)/m, PLAIN],
    [ANY, PLAIN],
  ]],
  [/\.m$/i, [
    [/^\s*(?:#import\b|@(?:interface|implementation|class|protocol|property|import|end)\b|#include\s*[<"])/m, "objective-c"],
    [/^\s*:-\s*(?:module|import_module|interface|implementation)\b/m, PLAIN],
    [/^\w+\s*;.*\n(?:\s+;.*\n)|^\s+(?:QUIT|NEW|DO|SET)\s/m, "mumps"],
    [/\(\*(?!\.)|^\s*\w+\[.*\]\s*:?=|\bModule\[|\bBeginPackage\[/m, "mathematica"],
    [ANY, "octave"],
  ]],
  [/\.mm$/i, [[/^\s*\.(?:SH|TH|PP|TL|AU)\b/m, "troff"], [ANY, "objective-c++"]]],
  [/\.h$/i, [
    [/^\s*(?:@(?:interface|protocol|class|property|import|end)\b|#import\b)/m, "objective-c"],
    [/^\s*(?:class\s+\w+|namespace\b|template\s*<|using\s+\w|(?:public|private|protected)\s*:|constexpr\b|#\s*include\s*<(?:string|vector|map|memory|iostream|cstdint|algorithm)>)|\bstd::/m, "cpp"],
    [ANY, "c"],
  ]],
  [/\.(?:inc|pp)$/i, [
    [/^\s*<\?(?:php\b|=)/m, "php"],
    [/^\s*(?:class|define|node)\s+[\w:]+.*\{|^\s*\w+\s*\{\s*['"$]/m, "puppet"],
    [/^\s*(?:unit|program|procedure|function|uses|interface|implementation|begin)\b/im, "pascal"],
    [/^\s*#\s*(?:include|define|ifdef)\b/m, "cpp"],
    [ANY, PLAIN],
  ]],
  [/\.(?:r|rsx)$/i, [[/^\s*(?:rebol|red)\s*(?:\/\w+)?\s*\[/im, PLAIN], [ANY, "r"]]],
  [/\.(?:reb|red)$/i, [[ANY, PLAIN]]],
  [/\.cls$/i, [
    [/^\s*(?:VERSION\s+\d|Attribute\s+VB_|Option\s+Explicit|(?:Public|Private)\s+(?:Sub|Function|Property))/im, "vb.net"],
    [/^\s*\\(?:NeedsTeXFormat|ProvidesClass|LoadClass|documentclass|newcommand|RequirePackage)|^\s*%/m, "latex"],
    [ANY, PLAIN],
  ]],
  [/\.bas$/i, [[/^\s*(?:Attribute\s+VB_|Option\s+Explicit|(?:Public|Private)?\s*(?:Sub|Function)\s+\w+)/im, "vbscript"], [/^\s*\d+\s+(?:REM|PRINT|LET|GOTO|INPUT|FOR|IF)\b/im, "vbscript"], [ANY, PLAIN]]],
  [/\.vb[as]?$/i, [[ANY, "vb.net"]]],
  [/\.(?:asm|s|nasm|a51)$/i, [[/^\s*(?:ld|jr|djnz|ldir|call|ret)\s+(?:n?[zc],|[abcdehl]\s*,|\(?(?:hl|ix|iy|bc|de)\)?)/im, "z80"], [ANY, "gas"]]],
  [/\.d$/i, [
    [/^[^\s:#=]+(?:\.o|\.lo|\.d|\.obj)\s*:(?:\s|\\)/m, PLAIN],
    [/^\s*#!.*\bdtrace\b|^\w*:\w*:\w*:\w*\s*$|^\s*(?:BEGIN|END|dtrace:::\w+)\s*$/m, PLAIN],
    [/^\s*(?:module\s+[\w.]+\s*;|import\s+(?:std|core)\b|void\s+main\b|unittest\b)/m, "d"],
    [ANY, "d"],
  ]],
  [/\.(?:f|for|ftn|fpp)$/i, [
    [/^\s*: \S+.*;|^\s*\\ |\( .*-- .*\)/m, "forth"],
    [/^(?:[cC*!]|\s*(?:subroutine|program|function|implicit|integer|real|end)\b)/im, "fortran"],
    [ANY, "fortran"],
  ]],
  [/\.(?:fs|fth|4th)$/i, [
    [/^\s*: \S+.*;\s*$|^\s*\\ |\( .*-- .*\)/m, "forth"],
    [/^\s*(?:#version\b|precision\s+\w+\s+float|uniform\b|varying\b|(?:layout|in|out)\s*[(\w].*;|void\s+main\s*\()/m, PLAIN],
    [/^\s*(?:open\s+\w|module\b|namespace\b|let\b|type\s+\w|#light|\/\/\/?|\(\*)/m, "f#"],
    [ANY, PLAIN],
  ]],
  [/\.sql$/i, [[/^\s*(?:CREATE\s+OR\s+REPLACE\s+(?:PACKAGE|PROCEDURE|TRIGGER)|DECLARE\b[\s\S]*\bBEGIN\b)/im, "plsql"], [/\$\$|^\s*\\(?:c|connect|set)\b|\bSERIAL\b/im, "postgresql"], [/`\w+`|\bENGINE\s*=/i, "mysql"], [/^\s*GO\s*$|\[dbo\]/im, "sql"], [ANY, "sql"]]],
  [/\.(?:pas|dpr|lpr)$/i, [[ANY, "pascal"]]],
  [/\.(?:cl|opencl)$/i, [[/^\s*\((?:defun|defmacro|in-package|defvar|define)/im, "lisp"], [/\b__(?:kernel|global)\b|\bget_global_id\b|\/\*|\/\/|^\s*class\b/m, "c"], [ANY, PLAIN]]],
  [/\.(?:e)$/i, [[/^\s*(?:class|feature|inherit|indexing|note)\b/m, "eiffel"], [ANY, PLAIN]]],
  [/\.(?:ml)$/i, [[/^\s*(?:structure|signature|functor|fun)\s+\w/m, "sml"], [ANY, "ocaml"]]],
  [/\.lsp$/i, [[ANY, "lisp"]]],
  [/\.(?:mat)$/i, [[ANY, "octave"]]],
  [/\.(?:q)$/i, [[/^\s*(?:SELECT|INSERT|CREATE|USE|SET)\b/im, "sql"], [ANY, "q"]]],
  [/\.(?:st)$/i, [[/^\s*(?:!|[A-Z]\w*\s+(?:class\s+)?(?:extend|subclass:)|"[^"]*"\s*$)/m, "smalltalk"], [/\$\w+\$|<\w+[^>]*>/m, "html"], [ANY, PLAIN]]],
  [/\.(?:mod)$/i, [[/^\s*module\s+\S+\s*$[\s\S]*^\s*go\s+1/m, "go"], [/^\s*(?:DEFINITION |IMPLEMENTATION )?MODULE\s+\w+/m, PLAIN], [/<!ENTITY\b/, "dtd"], [ANY, PLAIN]]],
];

/** The language that the text of such a name is in, `PLAIN` for one without colours; nothing when the ending is of one language. */
export function sharedLanguage(name: string, text: string): string | undefined {
  return SHARED.find(([ending]) => ending.test(name))?.[1].find(([sign]) => sign.test(text))?.[1];
}
