import pytest
from django.utils import timezone
from notifications import outbox
pytestmark = pytest.mark.browser
def test_frame(visit):
    v = visit(width=1280)
    outbox.deliver(clock=timezone.now)
    v.go("/mailbox/")
    v.page.locator("main li", has_text="@").first.get_by_role("link").click()
    v.page.wait_for_selector("iframe")
    v.page.wait_for_load_state("networkidle")
    print([f.url for f in v.page.frames]); fr = v.page.frames[-1]
    print(fr.content()[:300])
    r = v.page.request.get(fr.url if 'html' in fr.url else v.page.url + 'html/')
    print(r.status, r.headers.get('content-security-policy'), r.headers.get('x-frame-options'), r.headers)
    v.page.screenshot(path="/tmp/sheet/frame.png", full_page=True)
    v.page.screenshot(path="/tmp/sheet/frame2.png")
    print(v.complaints)
    assert 0
