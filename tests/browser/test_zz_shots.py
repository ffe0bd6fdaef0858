from pathlib import Path
def test_shots(page, site):
    out = Path("/tmp/shots"); out.mkdir(exist_ok=True)
    for name, path in {"overview":"/","parked":"/geparkeerd","one":"/geparkeerd/timesync/6f1e7a52-3f54-4a55-9a35-0d1d6f1b7a01","held":"/vastgehouden","journal":"/journaal","line":"/journaal/9d0c3a52-1111-4a55-9a35-000000000001","404":"/x"}.items():
        page.goto(site.address+path); page.screenshot(path=str(out/f"{name}.png"), full_page=name!="journal")
    page.set_viewport_size({"width":320,"height":640})
    for name, path in {"overview":"/","parked":"/geparkeerd","one":"/geparkeerd/timesync/6f1e7a52-3f54-4a55-9a35-0d1d6f1b7a01","journal":"/journaal"}.items():
        page.goto(site.address+path); page.screenshot(path=str(out/f"m_{name}.png"))
