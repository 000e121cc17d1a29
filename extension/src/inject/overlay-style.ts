/** What does the login overlay look like? Inside its shadow root only, so neither side's rules meet. */
export const overlayStyle = `:host{all:initial}
dialog{box-sizing:border-box;width:min(25rem,calc(100vw - 2rem));padding:1.75rem;border:1px solid #4e4e4e;border-radius:.75rem;background:#202020;color:#f2f2f2;font:.9375rem/1.45 Inter,system-ui,sans-serif;color-scheme:dark}
dialog::backdrop{background:#121212d9;backdrop-filter:blur(18px)}
h2{margin:0 0 .4rem;font-size:1.2rem}
p{margin:0 0 1rem;color:#b8b8b8}
label{display:block;margin:0 0 .9rem;font-weight:500}
input,button{box-sizing:border-box;width:100%;padding:.6rem .75rem;border:1px solid #5a5a5a;border-radius:.5rem;background:#161616;color:#fff;font:inherit}
label input{margin-top:.3rem}
[type=checkbox]{width:1rem;height:1rem;margin:0 .5rem 0 0;vertical-align:-.15rem;accent-color:#3b82f6}
button{border-color:#2563eb;background:#2563eb;font-weight:600;cursor:pointer}
button:hover{background:#1d4ed8}
button:disabled{opacity:.6}
a{color:#8ab4ff}
:focus-visible{outline:2px solid #8ab4ff;outline-offset:2px}
[role=alert]:not(:empty){margin:0 0 1rem;padding:.6rem .75rem;border-radius:.5rem;background:#4a1d1d;color:#ffd3d3}
.foot{margin:1rem 0 0;font-size:.8125rem}`
