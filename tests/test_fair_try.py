import pytest
from tests.fair import build_fair
@pytest.mark.django_db
def test_it():
    fair = build_fair()
    o = fair.shipped(); assert o.state == "shipped"
    d = fair.escalated(refund="900.00 USD", listing="palace"); assert d.state == "arbitration"
    print(d, fair.storefront_key(), fair.completed())
