"""The message centre: all conversations of a store, one of them beside the list, its pictures, and the reply."""

from orders.portal.messages.listing import messages
from orders.portal.messages.talk import message_file, picture, thread
from orders.portal.messages.waiting import mark_read, threads_of
from orders.portal.messages.writing import letter_page

__all__ = ["letter_page", "mark_read", "message_file", "messages", "picture", "thread", "threads_of"]
