
import uuid

import django.core.validators
import django.db.models.deletion
import phonenumber_field.modelfields
import simple_history.models
from django.conf import settings
from django.db import migrations, models


def take_over(apps, schema_editor):
    """Confirmed registrations hold their seats; so far all consented in the web form."""
    Registration = apps.get_model("registrations", "Registration")
    Registration.objects.filter(state="confirmed").update(holds_seats=True)
    Registration.objects.exclude(consented_at=None).update(consent_way="web")


class Migration(migrations.Migration):

    dependencies = [
        ('bridges', '0005_registering'),
        ('conference', '0002_registering'),
        ('registrations', '0003_rules_move_out'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=200, verbose_name='question')),
                ('help_text', models.CharField(blank=True, max_length=300, verbose_name='explanation')),
                ('kind', models.CharField(choices=[('text', 'text'), ('number', 'number'), ('choice', 'choice'), ('yes_no', 'yes or no')], default='text', max_length=8, verbose_name='kind of answer')),
                ('choices', models.TextField(blank=True, help_text='One a line.', max_length=2000, verbose_name='choices')),
                ('asked', models.CharField(choices=[('organisation', 'once, of the organisation'), ('delegate', 'of each delegate')], default='organisation', max_length=12, verbose_name='asked')),
                ('is_required', models.BooleanField(default=False, verbose_name='must be answered')),
                ('is_active', models.BooleanField(default=True, verbose_name='in the form')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
            ],
            options={
                'verbose_name': 'question',
                'verbose_name_plural': 'questions',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='consent_way',
            field=models.CharField(blank=True, max_length=20, verbose_name='consent given by'),
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='contact_position',
            field=models.CharField(blank=True, max_length=150, verbose_name='position of the contact person'),
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='decided at'),
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='decided_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='erased_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='erased at'),
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='holds_seats',
            field=models.BooleanField(default=False, editable=False, verbose_name='holds its seats'),
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='reason',
            field=models.CharField(blank=True, help_text='Why it was declined, or promoted out of turn.', max_length=300, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='organisation',
            name='tax_code',
            field=models.CharField(blank=True, db_index=True, max_length=14, verbose_name='tax code'),
        ),
        migrations.AddField(
            model_name='registration',
            name='consent_way',
            field=models.CharField(blank=True, max_length=20, verbose_name='consent given by'),
        ),
        migrations.AddField(
            model_name='registration',
            name='contact_position',
            field=models.CharField(blank=True, max_length=150, verbose_name='position of the contact person'),
        ),
        migrations.AddField(
            model_name='registration',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='decided at'),
        ),
        migrations.AddField(
            model_name='registration',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='registration',
            name='erased_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='erased at'),
        ),
        migrations.AddField(
            model_name='registration',
            name='holds_seats',
            field=models.BooleanField(default=False, editable=False, verbose_name='holds its seats'),
        ),
        migrations.AddField(
            model_name='registration',
            name='reason',
            field=models.CharField(blank=True, help_text='Why it was declined, or promoted out of turn.', max_length=300, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='historicalregistration',
            name='source',
            field=models.CharField(choices=[('web', 'web form'), ('staff', 'entered by staff'), ('import', 'from a list')], default='web', max_length=8, verbose_name='source'),
        ),
        migrations.AlterField(
            model_name='historicalregistration',
            name='state',
            field=models.CharField(choices=[('requested', 'requested'), ('confirmed', 'confirmed'), ('waitlisted', 'on the waitlist'), ('declined', 'declined'), ('cancelled', 'cancelled')], max_length=12, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='registration',
            name='source',
            field=models.CharField(choices=[('web', 'web form'), ('staff', 'entered by staff'), ('import', 'from a list')], default='web', max_length=8, verbose_name='source'),
        ),
        migrations.AlterField(
            model_name='registration',
            name='state',
            field=models.CharField(choices=[('requested', 'requested'), ('confirmed', 'confirmed'), ('waitlisted', 'on the waitlist'), ('declined', 'declined'), ('cancelled', 'cancelled')], max_length=12, verbose_name='state'),
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.TextField(max_length=1000, verbose_name='answer')),
                ('delegate', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='registrations.delegate', verbose_name='delegate')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='registrations.registration', verbose_name='registration')),
            ],
            options={
                'verbose_name': 'answer',
                'verbose_name_plural': 'answers',
                'ordering': ['question__position', 'question_id'],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('way', models.CharField(choices=[('registrant', 'by the registrant'), ('staff', 'by staff'), ('automatic', 'when the time had come')], max_length=10, verbose_name='how')),
                ('registrations', models.PositiveIntegerField(verbose_name='registrations')),
                ('delegates', models.PositiveIntegerField(verbose_name='delegates')),
                ('messages', models.PositiveIntegerField(verbose_name='messages')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='erasures', to='conference.conference', verbose_name='conference')),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalInvitation',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('uid', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('token_version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version of the link')),
                ('name', models.CharField(max_length=200, verbose_name='who invites')),
                ('quota', models.PositiveIntegerField(blank=True, help_text='Needs a bridge point. Empty: none are kept.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000)], verbose_name='seats kept for its guests')),
                ('is_active', models.BooleanField(default=True, help_text='Out of use, its link no longer works.', verbose_name='in use')),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='words of invitation')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='made at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('bridge_point', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: its guests choose.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='bridges.bridgepoint', verbose_name='bridge point')),
                ('conference', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conference.conference', verbose_name='conference')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conference.partner', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'historical invitation',
                'verbose_name_plural': 'historical invitations',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Interest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('sells', 'sells'), ('buys', 'looks for')], max_length=5, verbose_name='sells or looks for')),
                ('other', models.CharField(blank=True, max_length=120, verbose_name='another product')),
                ('amount', models.CharField(blank=True, help_text='Such as 20 tonnes a season.', max_length=80, verbose_name='amount')),
                ('season', models.CharField(blank=True, help_text='Such as July to September.', max_length=80, verbose_name='season')),
                ('certificates', models.JSONField(blank=True, default=list, verbose_name='certificates')),
                ('ocop_stars', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(3), django.core.validators.MaxValueValidator(5)], verbose_name='OCOP stars')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conference.product', verbose_name='product')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interests', to='registrations.registration', verbose_name='registration')),
            ],
            options={
                'verbose_name': 'sells or looks for',
                'verbose_name_plural': 'sells or looks for',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('token_version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version of the link')),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('name', models.CharField(max_length=200, verbose_name='who invites')),
                ('quota', models.PositiveIntegerField(blank=True, help_text='Needs a bridge point. Empty: none are kept.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000)], verbose_name='seats kept for its guests')),
                ('used', models.PositiveIntegerField(default=0, editable=False, verbose_name='seats taken by its guests')),
                ('is_active', models.BooleanField(default=True, help_text='Out of use, its link no longer works.', verbose_name='in use')),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='words of invitation')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made at')),
                ('bridge_point', models.ForeignKey(blank=True, help_text='Empty: its guests choose.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='bridges.bridgepoint', verbose_name='bridge point')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='conference.conference', verbose_name='conference')),
                ('partner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='conference.partner', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Guest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('position', models.CharField(blank=True, max_length=150, verbose_name='position')),
                ('organisation', models.CharField(blank=True, max_length=200, verbose_name='organisation')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='phone')),
                ('mobile', models.CharField(blank=True, editable=False, max_length=20, verbose_name='mobile')),
                ('invited_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='invited at')),
                ('registration', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='registrations.registration', verbose_name='registration')),
                ('invitation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='registrations.invitation', verbose_name='invitation')),
            ],
            options={
                'verbose_name': 'guest',
                'verbose_name_plural': 'guests',
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='historicalregistration',
            name='invitation',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registrations.invitation', verbose_name='invited by'),
        ),
        migrations.AddField(
            model_name='registration',
            name='invitation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='registrations', to='registrations.invitation', verbose_name='invited by'),
        ),
        migrations.AddIndex(
            model_name='registration',
            index=models.Index(fields=['conference', '-created_at'], name='registration_recent'),
        ),
        migrations.AddIndex(
            model_name='registration',
            index=models.Index(fields=['contact_phone'], name='registration_phone'),
        ),
        migrations.AddField(
            model_name='question',
            name='conference',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='conference.conference', verbose_name='conference'),
        ),
        migrations.AddField(
            model_name='answer',
            name='question',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='registrations.question', verbose_name='question'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('quota', None), models.Q(('bridge_point', None), _negated=True), _connector='OR'), name='invitation_quota_has_point'),
        ),
        migrations.AddConstraint(
            model_name='guest',
            constraint=models.UniqueConstraint(condition=models.Q(('email', ''), _negated=True), fields=('invitation', 'email'), name='guest_once_by_email', violation_error_message='This e-mail address is on the list already.'),
        ),
        migrations.AddConstraint(
            model_name='guest',
            constraint=models.UniqueConstraint(condition=models.Q(('phone', ''), _negated=True), fields=('invitation', 'phone'), name='guest_once_by_phone', violation_error_message='This phone number is on the list already.'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(condition=models.Q(('delegate', None)), fields=('registration', 'question'), name='answer_once_by_organisation'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(condition=models.Q(('delegate', None), _negated=True), fields=('delegate', 'question'), name='answer_once_by_delegate'),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True),
    ]
