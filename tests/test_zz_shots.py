import os, pytest, sys
from tests.fair import build_fair, PASSWORD
from rulebook.samples import sample
from rulebook.clock import now, parse_duration

def world():
    fair = build_fair(begin=now()-parse_duration("8d"))
    ds=[]
    d = fair.disputed("138.00 USD","palace","not_as_described"); ds.append(d)
    fair.do("buyer.add_evidence", on=d, file=sample("front of the palace.jpg"), text="The front")
    fair.do("buyer.add_evidence", on=d, text="I measured it: 20 cm instead of 60.")
    fair.do("buyer.message", on=d.order, text="Hello, the palace is much smaller than on the page.")
    fair.do("seller.message", on=d.order, text="Dear customer,\nthe page says 20 cm in the table below the pictures.")
    fair.do("seller.reject_dispute", on=d, text="The page gives the size in a table. The buyer did not read it.", offer_refund="30.00 USD")
    fair.do("seller.add_evidence", on=d, file=sample("page of the listing.pdf"))
    fair.do("seller.make_offer", on=d, refund="45.00 USD", text="For peace.")
    e = fair.disputed("720.00 USD","palace","damaged"); ds.append(e)
    fair.do("seller.reject_dispute", on=e, text="It left whole.")
    f = fair.disputed("50.00 USD","lantern","quality"); fair.do("seller.reject_dispute", on=f, text="No."); ds.append(f)
    fair.advance("6d")
    g = fair.disputed("20.00 USD","lantern","wrong_item"); ds.append(g)
    fair.advance("2d")
    for n in range(3): ds.append(fair.disputed("10.00 USD","lantern","other"))
    fair.do("moderator.rule", on=e, refund="700.00 USD", liable="seller", reason="The parcel was packed badly.", as_=fair.moderator_actor())
    return fair, ds

def shoot(page, name):
    for w,h in ((1440,900),(390,844)):
        page.set_viewport_size({"width":w,"height":h})
        page.wait_for_timeout(250)
        page.screenshot(path=f"/tmp/shots/{name}-{w}{os.environ.get('DARK','')}.png", full_page=True)

@pytest.mark.django_db(transaction=True)
def test_shots(live_server, browser):
    os.makedirs("/tmp/shots", exist_ok=True)
    fair, ds = world()
    dark = bool(os.environ.get("DARK"))
    ctx = browser.new_context(color_scheme="dark" if dark else "light")
    page = ctx.new_page()
    page.on("console", lambda m: print("CONSOLE", m.type, m.text[:200]) if m.type in ("error","warning") else None)
    page.goto(live_server.url + "/console/")
    if "login" in os.environ.get("ONLY","login"): shoot(page,"login")
    page.fill("input[name=username]", "arbitrator@platform.example"); page.fill("input[name=password]", PASSWORD); page.click("button[type=submit]")
    page.wait_for_load_state()
    print(page.url)
    want = os.environ.get("ONLY","").split(",") if os.environ.get("ONLY") else None
    pages = {"index":"/console/","worklist":"/console/worklist/","empty":"/console/worklist/?view=mine","case":f"/console/cases/{ds[0].public_id}/","case_second":f"/console/cases/{ds[1].public_id}/","order":f"/console/order/{ds[0].order.public_id}/","store":f"/console/store/{fair.store.public_id}/","deadlines":"/console/deadlines/","amendments":"/console/amendments/","rules":"/rules/","rule":"/rules/A40-1/","values":"/rules/values/?group=dispute","disputes":"/console/disputes/dispute/","journal":"/console/rulebook/journalentry/","ledger":"/console/finance/transaction/"}
    for name,u in pages.items():
        if want and name not in want: continue
        page.goto(live_server.url+u); shoot(page,name)
    if not want or "preview" in want:
        page.goto(live_server.url+pages["case"])
        page.fill("textarea[name=reason]","The page gives the size."); page.click("#decide button[type=submit]"); shoot(page,"preview")
        page.goto(live_server.url+pages["case"])
        page.fill("input[name=refund]","99999"); page.click("#decide button[type=submit]"); shoot(page,"case_bad")
