/* The style sheet of the HTML report: one file, light and dark, screen and paper. No outside URL.
 */
#ifndef GR_RENDER_HTML_STYLE_H
#define GR_RENDER_HTML_STYLE_H

/* clang-format off */
static const char html_style[] =
    ":root{color-scheme:light dark;--ink:#1b2430;--dim:#5b6675;--paper:#fff;--panel:#f5f7fa;"
    "--rule:#d8dee7;--bar:#cfdcee;--line:#1f3a5f}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebf2;--dim:#9aa7b8;--paper:#12171e;"
    "--panel:#1b222c;--rule:#323c4a;--bar:#2c4466;--line:#8fb4e6}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 system-ui,'Segoe UI','Liberation Sans',Arial,sans-serif}\n"
    "main{max-width:1100px;margin:0 auto;padding:2rem 1.25rem 3rem}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:0}\n"
    "h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-bottom:.3rem;"
    "border-bottom:1px solid var(--rule)}\n"
    "p{max-width:75ch;margin:.75rem 0}\n"
    ".sub,.note,footer,.more{color:var(--dim)}\n"
    ".sub{margin:.35rem 0 0}\n"
    ".note,.more,footer{font-size:.87rem}\n"
    ".status{border:1px solid var(--rule);border-radius:1em;padding:.05rem .6rem;margin-left:.4rem;"
    "font-size:.8rem;white-space:nowrap}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.8rem;"
    "margin:1.25rem 0}\n"
    ".tiles>div{background:var(--panel);border-radius:.5rem;padding:.8rem 1rem}\n"
    ".tiles dt{color:var(--dim);font-size:.87rem}\n"
    ".tiles dd{margin:0}\n"
    ".value{font-size:1.45rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}\n"
    ".detail{color:var(--dim);font-size:.87rem}\n"
    ".spark{display:block;width:100%;height:26px;margin-top:.35rem}\n"
    ".spark polyline{fill:none;stroke:var(--line);stroke-width:1.5;"
    "vector-effect:non-scaling-stroke}\n"
    ".scroll{overflow-x:auto;margin:1.25rem 0 .5rem}\n"
    "table{border-collapse:collapse;font-size:.92rem;min-width:40%}\n"
    "caption{text-align:left;font-weight:600;font-size:1rem;padding:0 0 .5rem}\n"
    "h3{font-size:1rem;margin:1.25rem 0 .25rem}\n"
    "th,td{padding:.32rem .8rem;text-align:left;vertical-align:top;unicode-bidi:plaintext;"
    "overflow-wrap:break-word;max-width:24rem}\n"
    "th:first-child,td:first-child{padding-left:.2rem}\n"
    "thead th{border-bottom:2px solid var(--rule);vertical-align:bottom;color:var(--dim);"
    "font-weight:600}\n"
    "tbody th{font-weight:400}\n"
    "tbody tr+tr>*{border-top:1px solid var(--rule)}\n"
    "tfoot tr>*{font-weight:600}\n"
    "tfoot tr:first-child>*{border-top:2px solid var(--rule)}\n"
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    ".d{white-space:nowrap}\n"
    ".share{min-width:9rem;background:linear-gradient(var(--bar),var(--bar)) left .8rem center/"
    "calc(var(--s)*(100% - 5.2rem)) 55% no-repeat}\n"
    "figure{margin:1.5rem 0;max-width:760px;break-inside:avoid}\n"
    "figcaption{font-weight:600;margin-bottom:.4rem}\n"
    /* Charts are drawn for white paper. */
    "figure svg{display:block;width:100%;height:auto;background:#fff;border-radius:.4rem}\n"
    "footer{margin-top:3rem;border-top:1px solid var(--rule);padding-top:.75rem}\n"
    "@media print{:root{--ink:#000;--dim:#444;--paper:#fff;--panel:#f2f2f2;--rule:#bbb;--bar:#ddd;"
    "--line:#000}body{font-size:10pt}main{max-width:none;padding:0}.scroll{overflow:visible}"
    "thead{display:table-header-group}tr,.tiles>div{break-inside:avoid}h2{break-after:avoid}"
    ".page{break-before:page}.share{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "@page{size:A4;margin:15mm}}\n";
/* clang-format on */

#endif
